"""A synthetic marketplace: shops sell to consumers, and the marketplace takes a commission."""

from customer_platform.demo.marketplace.generator import generate

__all__ = ["generate"]
