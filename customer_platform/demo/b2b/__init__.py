"""The demo company that sells to companies: their groups, their people, invoices and visits."""

from customer_platform.demo.b2b.generator import generate

__all__ = ["generate"]
