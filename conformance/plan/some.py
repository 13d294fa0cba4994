"""A few of many, by chance: where there are more places for a fault than jobs for it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

_Item = TypeVar("_Item")


def some(items: Sequence[_Item], count: int, seed: int, purpose: str) -> list[_Item]:
    """Return at most ``count`` of the items, in their order; which ones, the seed and the purpose decide."""
    generator = np.random.default_rng([seed, zlib.crc32(purpose.encode())])
    return [items[i] for i in sorted(generator.permutation(len(items))[:count])]
