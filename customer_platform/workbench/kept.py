"""What takes long to read, and stays the same as long as a publication is in force."""

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Generic, TypeVar

from customer_platform.declarations import Entity
from customer_platform.publishing.catalogue import Moment
from customer_platform.workbench.reading import Published

Read = TypeVar("Read")


class PerPublication(Generic[Read]):
    """Reads something of an entity once, and again when something newer is published.

    Args:
        read: Reads it.
    """

    def __init__(self, read: Callable[[Published, Entity], Read]) -> None:
        self._read = read
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._kept: dict[str, tuple[Moment, Read]] = {}

    def of(self, published: Published, entity: Entity) -> Read:
        """What was read of an entity; whoever asks meanwhile waits for it."""
        with self._locks[entity.entity]:
            kept = self._kept.get(entity.entity)
            if kept is None or kept[0] != published.moment:
                kept = published.moment, self._read(published, entity)
                self._kept[entity.entity] = kept
            return kept[1]
