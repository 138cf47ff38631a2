"""Pairs that a similar rule is not sure of: the queue, and what stewards' decisions tell of it."""

from customer_platform.identity.review.labels import LabelQuality, label_quality, override_pair
from customer_platform.identity.review.queue import QueuedPair, read_queue, write_queue
from customer_platform.identity.review.text import pair_lines, quality_lines

__all__ = [
    "LabelQuality",
    "QueuedPair",
    "label_quality",
    "override_pair",
    "pair_lines",
    "quality_lines",
    "read_queue",
    "write_queue",
]
