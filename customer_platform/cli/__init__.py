"""The command line: every command is a call into a library function."""

from customer_platform.cli.group import main

__all__ = ["main"]
