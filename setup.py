"""Which packages a wheel has; all else is in pyproject.toml, which can't map folders."""

from setuptools import find_packages, setup

setup(
    # The dbt project lies beside the package in the repository, and in it when installed.
    packages=[
        *find_packages(include=["customer_platform", "customer_platform.*"]),
        "customer_platform.dbt",
    ],
    package_dir={"customer_platform.dbt": "dbt"},
)
