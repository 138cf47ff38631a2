"""A synthetic omnichannel retailer to try the platform on, and the truth to measure it by."""

from customer_platform.demo.generator import DemoError, DemoSummary, generate

__all__ = ["DemoError", "DemoSummary", "generate"]
