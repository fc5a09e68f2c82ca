"""Samplers for ``torch.utils.data.DataLoader``, without the limit of 2^24 rows and at a fraction of the time; torch itself is imported only when it is used.

>>> from counterweight.torch import ClassBalancedSampler
>>> sampler = ClassBalancedSampler([0] * 90 + [1] * 10, seed=0)
>>> len(sampler), len(list(sampler))
(100, 100)

Every sampler

- gives another order at each ``iter()``, a function of the seed and the epoch alone; ``set_epoch`` says which epoch comes next;
- takes ``num_replicas`` and ``rank``: each rank reads its own part of one sequence, all parts of the same length (``remainder="repeat"``, as torch's
  ``DistributedSampler``; ``"drop"`` leaves out what does not divide, ``"uneven"`` gives the first ranks one index more);
- has ``state_dict`` and ``load_state_dict``: a sampler with the same arguments goes on with the very next index;
- pickles, for workers that are started anew.
"""

from __future__ import annotations

import itertools
import operator
import os
import sys
from typing import Any, Iterator

import numpy as np

from . import _native
from ._arrays import encode, native, plain

__all__ = ["WeightedRandomSampler", "ClassBalancedSampler", "BalancedBatchSampler", "RepeatFactorSampler", "ProgressiveSampler"]

_REMAINDERS = ("uneven", "drop", "repeat")
# Blocks whose numbers fit the memory that Python has at hand: larger ones are given back to the system and fetched again each time.
_FIRST, _LARGEST = 1 << 12, 1 << 14


def _whole(value: Any, name: str, least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number of {least} or more; {value!r} is not.") from None
    if isinstance(value, bool) or number < least:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}" if least == 1
                         else f"{name} must be a whole number of {least} or more; {value!r} is not.")
    return number


class _Sampler:
    """What all samplers share: epochs, ranks, saved positions, pickles."""

    _batch = 1

    def __init__(self, generator: Any, seed: int | None, num_replicas: int | None, rank: int | None, remainder: str):
        self.num_replicas = _whole(1 if num_replicas is None else num_replicas, "num_replicas", 1)
        self.rank = _whole(0 if rank is None else rank, "rank", 0)
        if self.rank >= self.num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {self.num_replicas - 1}]")
        if remainder not in _REMAINDERS:
            raise ValueError(f"remainder is one of {', '.join(_REMAINDERS)}; {remainder!r} is not.")
        if seed is not None and generator is not None:
            raise ValueError("Give a generator or a seed, not both.")
        self.generator, self.remainder = generator, remainder
        self._seed = 0 if seed is None and generator is None and self.num_replicas > 1 else None if seed is None else operator.index(seed)
        self._epoch, self._position = 0, 0
        self._handle: _native.Handle | None = None
        self._reader: _Reader | None = None
        self._length = self._find_length()

    # The subclasses say how the library makes the whole sampler with a seed.
    def _make(self, seed: int) -> _native.Handle:
        raise NotImplementedError

    def _part(self, seed: int) -> _native.Handle:
        whole = self._make(seed)
        if self.num_replicas == 1:
            return whole
        return _native.make("cw_sampler_part", whole.value, self.rank, self.num_replicas, _REMAINDERS.index(self.remainder))

    def _find_length(self) -> int:
        # The length does not depend on the seed, and the sampler made for it is the one that is used where the seed is known.
        handle = self._part(self._seed if self._seed is not None else 0)
        if self._seed is not None:
            self._handle = handle
        return _length(handle)

    @property
    def seed(self) -> int:
        """The seed: the one given, or one drawn from the generator (torch's own where none is given) at the first use."""
        if self._seed is None:
            self._seed = _draw_seed(self.generator)
        return self._seed

    def _ready(self) -> _native.Handle:
        if self._handle is None:
            self._handle = self._part(self.seed)
        return self._handle

    @property
    def epoch(self) -> int:
        """The epoch that the next ``iter()`` gives, or goes on with."""
        return self._where()[0]

    def set_epoch(self, epoch: int) -> None:
        """Says which epoch the next ``iter()`` gives, from its start; without it each gives the next."""
        self._reader = None
        self._epoch, self._position = _whole(epoch, "epoch", 0), 0

    def _where(self) -> tuple[int, int]:
        if self._reader is not None:
            epoch, position = self._reader.epoch, self._reader.position()
            return (epoch, position) if position < self._length else (epoch + 1, 0)
        return self._epoch, self._position

    def state_dict(self) -> dict:
        """Where the sampler is: epoch, position of the next index (batches: of its first) and seed."""
        epoch, position = self._where()
        return {"epoch": epoch, "position": position, "seed": self.seed}

    def load_state_dict(self, state: dict) -> None:
        """Goes on from a saved state: the next ``iter()`` gives the rest of that epoch."""
        try:
            epoch, position, seed = (operator.index(state[name]) for name in ("epoch", "position", "seed"))
        except (KeyError, TypeError) as problem:
            raise ValueError(f"A state of a sampler has whole numbers epoch, position and seed; this one does not: {problem}") from None
        if epoch < 0 or not 0 <= position <= self._length:
            raise ValueError(f"The state is at position {position} of epoch {epoch}; an epoch of this sampler has {self._length} indices.")
        if seed != self._seed:
            self._seed, self._handle = seed, None
        self._reader = None
        self._epoch, self._position = (epoch, position) if position < self._length else (epoch + 1, 0)

    def indices(self, epoch: int | None = None) -> np.ndarray:
        """All indices of an epoch (the next by default) as an int64 array, made on all threads; the sampler stays where it is."""
        epoch = self._where()[0] if epoch is None else _whole(epoch, "epoch", 0)
        result = np.empty(self._length, dtype=np.int64)
        _native.call("cw_sampler_fill", self._ready().value, epoch, 0, result.ctypes.data, self._length)
        return result

    def _start(self) -> "_Reader":
        # An iterator that was never read does not use its epoch up; one that was begun does, as of torch's samplers.
        if self._reader is not None:
            epoch, position = self._reader.epoch, self._reader.position()
            self._epoch, self._position = (epoch + 1, 0) if position > self._reader.start else (epoch, self._reader.start)
        self._reader = _Reader(self._ready(), self._epoch, self._position, self._length, self._batch)
        return self._reader

    def __iter__(self) -> Iterator[Any]:
        return iter(self._start())

    def __len__(self) -> int:
        return self._length

    def __getstate__(self) -> dict:
        state = dict(self.__dict__)
        state["_epoch"], state["_position"] = self._where()
        state["_seed"] = self.seed
        state["_handle"] = state["_reader"] = state["generator"] = None
        return state

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)


class _Reader:
    """One epoch, block by block; knows which index comes next."""

    def __init__(self, handle: _native.Handle, epoch: int, start: int, length: int, batch: int):
        self._handle, self.epoch, self.start, self._length, self._batch = handle, epoch, start, length, batch
        self._end = start
        self._current: Any = iter(())

    def position(self) -> int:
        return self._end - operator.length_hint(self._current) * self._batch

    def _blocks(self) -> Iterator[Any]:
        size = max(_FIRST // self._batch, 1) * self._batch
        while self._end < self._length:
            count = min(size, self._length - self._end)
            block = np.empty(count, dtype=np.int64)
            _native.call("cw_sampler_fill", self._handle.value, self.epoch, self._end, block.ctypes.data, count)
            if self._batch > 1:
                block = block.reshape(-1, self._batch)
            self._current = iter(block.tolist())
            self._end += count
            yield self._current
            size = min(size * 4, max(_LARGEST // self._batch, 1) * self._batch)

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(self._blocks())


def _length(handle: _native.Handle) -> int:
    room = np.empty(1, dtype=np.int64)
    _native.call("cw_sampler_length", handle.value, room.ctypes.data)
    return int(room[0])


def _draw_seed(generator: Any) -> int:
    """A seed from a generator of torch (its default where none is given and torch is in use) or of numpy."""
    if generator is None and "torch" not in sys.modules:
        return int.from_bytes(os.urandom(7), "little")
    if isinstance(generator, (np.random.Generator, np.random.RandomState)):
        return int(generator.integers(2**63 - 1) if isinstance(generator, np.random.Generator) else generator.randint(2**31 - 1))
    import torch

    return int(torch.empty((), dtype=torch.int64).random_(generator=generator).item())


class WeightedRandomSampler(_Sampler):
    """Draws rows with probabilities in proportion to their weights: the drop-in of ``torch.utils.data.WeightedRandomSampler``.

    With replacement by the alias method, exact to 2^-56 of an average weight; without by exponential keys, in random order. float32 and float64 arrays and
    tensors are read in place; there is no limit of 2^24 rows.

    Parameters
    ----------
    weights : array-like
        A weight per row, not negative; need not sum to one.
    num_samples : int
        The draws of an epoch (of all ranks together).
    replacement : bool
        Whether a row may be drawn again in the same epoch.
    generator : torch.Generator, optional
        Where the seed is drawn from; or ``seed``.

    >>> from counterweight.torch import WeightedRandomSampler
    >>> sampler = WeightedRandomSampler([0.0, 0.0, 1.0], num_samples=4, seed=1)
    >>> list(sampler)
    [2, 2, 2, 2]
    """

    def __init__(self, weights: Any, num_samples: int, replacement: bool = True, generator: Any = None, *, seed: int | None = None,
                 num_replicas: int | None = 1, rank: int | None = 0, remainder: str = "repeat"):
        self.num_samples = _whole(num_samples, "num_samples", 1)
        if not isinstance(replacement, (bool, np.bool_)):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.replacement = bool(replacement)
        own = plain(weights)
        if own.ndim != 1:
            raise ValueError(f"weights should be a 1d sequence but given weights have shape {tuple(own.shape)}")
        if own.dtype.kind not in "biuf":
            raise ValueError(f"weights must hold numbers; they hold {own.dtype}.")
        self.weights = native(own if own.dtype in (np.float32, np.float64) else own.astype(np.float64))
        super().__init__(generator, seed, num_replicas, rank, remainder)

    def _make(self, seed: int) -> _native.Handle:
        w = self.weights
        return _native.make("cw_sampler_weighted", w.ctypes.data, _native.FLOAT_TYPES[w.dtype.name], w.shape[0], self.num_samples, int(self.replacement), seed)

    def _find_length(self) -> int:
        # The tables of ten million rows are made once, at the first use.
        if self.num_replicas > 1 or not self.replacement:
            return super()._find_length()
        sound = self.weights.shape[0] > 0 and self.weights.min() >= 0 and 0 < self.weights.max() < np.inf
        return self.num_samples if sound else super()._find_length()


class _Labelled(_Sampler):
    """A sampler that goes by the classes of the rows."""

    def _labels(self, labels: Any) -> None:
        coded = encode(labels, "labels")
        self.classes, self._codes = coded.classes, coded.codes

    def _from(self, method: str, seed: int, length: int = 0, epochs: int = 0) -> _native.Handle:
        return _native.make("cw_sampler", method.encode(), self._codes.ctypes.data, self._codes.shape[0], self.classes.shape[0], None, length, epochs, seed)


class ClassBalancedSampler(_Labelled):
    """Draws every class equally often, or in proportion to a power of its count (Kang et al., 2020, equation 1).

    Parameters
    ----------
    labels : array-like
        The label of each row.
    num_samples : int, optional
        The draws of an epoch; as many as there are rows by default.
    power : float
        0 draws every class equally often, 0.5 in proportion to the root of its count, 1 every row.

    >>> from counterweight.torch import ClassBalancedSampler
    >>> rows = ClassBalancedSampler([0] * 9 + [1], num_samples=1000, seed=0).indices()
    >>> 450 < (rows == 9).sum() < 550
    True
    """

    def __init__(self, labels: Any, num_samples: int | None = None, *, power: float = 0.0, generator: Any = None, seed: int | None = None,
                 num_replicas: int | None = 1, rank: int | None = 0, remainder: str = "repeat"):
        self.num_samples = None if num_samples is None else _whole(num_samples, "num_samples", 1)
        self.power = float(power)
        self._labels(labels)
        super().__init__(generator, seed, num_replicas, rank, remainder)

    def _make(self, seed: int) -> _native.Handle:
        return self._from("class-balanced" if self.power == 0 else f"power(q={self.power!r})", seed, self.num_samples or 0)


class RepeatFactorSampler(_Labelled):
    """Shows rows of rare classes several times an epoch and every row at least once (Gupta, Dollar and Girshick, 2019, LVIS, section 5.1).

    A class with a share f below ``threshold`` is repeated sqrt(threshold / f) times.

    >>> from counterweight.torch import RepeatFactorSampler
    >>> len(RepeatFactorSampler([0] * 96 + [1] * 4, threshold=0.16, seed=0))
    104
    """

    def __init__(self, labels: Any, threshold: float = 0.1, *, generator: Any = None, seed: int | None = None, num_replicas: int | None = 1,
                 rank: int | None = 0, remainder: str = "repeat"):
        self.threshold = float(threshold)
        self._labels(labels)
        super().__init__(generator, seed, num_replicas, rank, remainder)

    def _make(self, seed: int) -> _native.Handle:
        return self._from(f"repeat-factor(t={self.threshold!r})", seed)


class ProgressiveSampler(_Labelled):
    """Moves from drawing every row equally often to drawing every class equally often over ``epochs`` epochs (Kang et al., 2020, equation 2).

    >>> from counterweight.torch import ProgressiveSampler
    >>> sampler = ProgressiveSampler([0] * 90 + [1] * 10, epochs=10, num_samples=10000, seed=0)
    >>> (sampler.indices(epoch=0) >= 90).mean() < 0.15, (sampler.indices(epoch=10) >= 90).mean() > 0.45
    (True, True)
    """

    def __init__(self, labels: Any, epochs: int, num_samples: int | None = None, *, generator: Any = None, seed: int | None = None,
                 num_replicas: int | None = 1, rank: int | None = 0, remainder: str = "repeat"):
        self.epochs = _whole(epochs, "epochs", 1)
        self.num_samples = None if num_samples is None else _whole(num_samples, "num_samples", 1)
        self._labels(labels)
        super().__init__(generator, seed, num_replicas, rank, remainder)

    def _make(self, seed: int) -> _native.Handle:
        return self._from(f"progressive(epochs={self.epochs})", seed, self.num_samples or self._codes.shape[0], self.epochs)


class BalancedBatchSampler(_Labelled):
    """Batches with the same number of rows of each class, for ``DataLoader(batch_sampler=...)``: every step of the iterator is a list of indices.

    Parameters
    ----------
    labels : array-like
        The label of each row.
    batch_size : int, optional
        The largest batch size: a batch has the largest multiple of the classes in it that is not above it.
    rows_per_class : int, optional
        Instead of ``batch_size``: the rows of a class in a batch; 8 where neither is given.
    classes_per_batch : int, optional
        The classes in a batch, which then take turns; all by default.
    batches : int, optional
        The batches of an epoch (of all ranks together); as many as there are rows for by default.

    >>> from counterweight.torch import BalancedBatchSampler
    >>> batch = next(iter(BalancedBatchSampler([0] * 90 + [1] * 10, batch_size=8, seed=0)))
    >>> len(batch), sum(row >= 90 for row in batch)
    (8, 4)
    """

    def __init__(self, labels: Any, batch_size: int | None = None, *, rows_per_class: int | None = None, classes_per_batch: int | None = None,
                 batches: int | None = None, generator: Any = None, seed: int | None = None, num_replicas: int | None = 1, rank: int | None = 0,
                 remainder: str = "repeat"):
        self._labels(labels)
        self.classes_per_batch = self.classes.shape[0] if classes_per_batch is None else _whole(classes_per_batch, "classes_per_batch", 1)
        if batch_size is not None and rows_per_class is not None:
            raise ValueError("Give batch_size or rows_per_class, not both.")
        if batch_size is not None:
            rows_per_class = _whole(batch_size, "batch_size", 1) // max(1, self.classes_per_batch)
            if rows_per_class == 0:
                raise ValueError(f"A batch of {batch_size} cannot hold a row of each of {self.classes_per_batch} classes: give at least "
                                 f"{self.classes_per_batch}, or fewer classes_per_batch.")
        self.rows_per_class = 8 if rows_per_class is None else _whole(rows_per_class, "rows_per_class", 1)
        self.batches = None if batches is None else _whole(batches, "batches", 1)
        self.batch_size = self._batch = self.rows_per_class * self.classes_per_batch
        self.drop_last = False
        super().__init__(generator, seed, num_replicas, rank, remainder)

    def _make(self, seed: int) -> _native.Handle:
        every = self.classes_per_batch == self.classes.shape[0]
        return self._from(f"balanced-batch(rows={self.rows_per_class}, classes={0 if every else self.classes_per_batch})", seed, self.batches or 0)

    def __len__(self) -> int:
        return self._length // self._batch
