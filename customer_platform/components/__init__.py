"""The components that a platform instance configures in YAML."""

from customer_platform.components.database_source import DatabaseSource
from customer_platform.components.facts import Facts
from customer_platform.components.file_source import FileSource
from customer_platform.components.identity_resolution import IdentityResolution
from customer_platform.components.publication import PublishedMasters

__all__ = ["DatabaseSource", "Facts", "FileSource", "IdentityResolution", "PublishedMasters"]
