"""A synthetic omnichannel retailer."""

from customer_platform.demo.retail.generator import generate

__all__ = ["generate"]
