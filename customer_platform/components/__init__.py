"""The components that a platform instance configures in YAML."""

from customer_platform.components.facts import Facts
from customer_platform.components.identity_resolution import IdentityResolution
from customer_platform.components.publication import PublishedMasters
from customer_platform.components.retention import Retention
from customer_platform.components.sources import DatabaseSource, FileSource

__all__ = [
    "DatabaseSource",
    "Facts",
    "FileSource",
    "IdentityResolution",
    "PublishedMasters",
    "Retention",
]
