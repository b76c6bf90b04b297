"""Fixed chance: independent random streams by name, and rows per owner as flat arrays."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator that depends on seed and name only, so that no part disturbs another."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(name.encode())]))


def logistic(x: Floats) -> Floats:
    """1 / (1 + e^-x)."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=np.float64)


def days_drawn(rng: np.random.Generator, rate: Floats) -> tuple[Ints, Ints]:
    """Rows and columns of `rate` (accounts × days, chance a day) where something happens."""
    rows, columns = np.nonzero(rng.random(rate.shape, dtype=np.float32) < rate)
    return rows.astype(np.int64), columns.astype(np.int64)


def expand(counts: Ints) -> tuple[Ints, Ints]:
    """For `counts[k]` rows per owner k: the owner of each row and the row's rank within its owner.

    >>> expand(np.array([2, 0, 1]))
    (array([0, 0, 2]), array([0, 1, 0]))
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return owner, np.arange(len(owner)) - first


def first_of_each(owner: Ints, key: Floats) -> Ints:
    """Positions of the row with the greatest key of each owner, owners ascending."""
    order = np.lexsort((-key, owner))
    _, first = np.unique(owner[order], return_index=True)
    return order[first]
