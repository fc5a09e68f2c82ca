"""Class weights and what they do."""

from __future__ import annotations

import json
import math
from typing import Any, Sequence

import numpy as np

from . import _native
from ._arrays import encode, plain

_EMPTY = ("error", "zero", "as-one-row", "largest")


def _word(value: Any, name: str) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text; {value!r} is not.")
    if "\0" in value:
        raise ValueError(f"{name} holds a zero character.")
    return value.encode("utf-8")


def _of_counts(counts: np.ndarray, scheme: str, normalise: str, largest_ratio: float | None, empty: str) -> np.ndarray:
    if empty not in _EMPTY:
        raise ValueError(f"empty is one of {', '.join(_EMPTY)}; {empty!r} is not.")
    weights = np.empty(counts.shape[0])
    _native.call("cw_class_weights", counts.ctypes.data, counts.shape[0], _word(scheme, "scheme"), _word(normalise, "normalise"),
                 math.inf if largest_ratio is None else float(largest_ratio), _EMPTY.index(empty), weights.ctypes.data)
    return weights


def class_weights(y: Any, scheme: str = "balanced", normalise: str = "none", *, largest_ratio: float | None = None) -> np.ndarray:
    """A weight for each class of ``y``, in ascending order of the labels (that of ``numpy.unique``).

    Parameters
    ----------
    y : array-like of labels
        Integers, texts or booleans; a contiguous array of integers is read in place on all threads.
    scheme : str
        ``balanced`` (rows / (classes x count), as scikit-learn's ``compute_class_weight``), ``inverse``, ``max-ratio``, ``inverse-sqrt``,
        ``median-frequency``, ``power(0.5)``, ``effective-number(0.999)``, ``inverse-log``, ``costs(2, 1)``, ``target-prior(0.5, 0.5)``, ``manual(...)``.
    normalise : str
        ``none``, ``sum-one``, ``sum-classes``, ``mean-one``, ``min-one`` or ``max-one``.
    largest_ratio : float, optional
        No weight is above this multiple of the smallest.

    >>> from counterweight import class_weights
    >>> class_weights(["bad", "good", "good", "good"], "inverse", "max-one").round(4)
    array([1.    , 0.3333])
    """
    return _of_counts(encode(y).counts, scheme, normalise, largest_ratio, "error")


def sample_weights(y: Any, scheme: str = "balanced", normalise: str = "none", *, largest_ratio: float | None = None) -> np.ndarray:
    """The weight of each row of ``y``: that of its class; what ``fit(X, y, sample_weight=...)`` and ``WeightedRandomSampler`` take.

    >>> from counterweight import sample_weights
    >>> sample_weights([0, 0, 0, 1])
    array([0.66666667, 0.66666667, 0.66666667, 2.        ])
    """
    labels = encode(y)
    return _of_counts(labels.counts, scheme, normalise, largest_ratio, "error")[labels.codes]


def pos_weight(y: Any, pos_label: Any = None) -> float:
    """Negatives over positives of a binary problem: the ``pos_weight`` of torch's binary cross entropy, the ``scale_pos_weight`` of boosting.

    The positive class is the larger label unless ``pos_label`` names it. For a matrix of 0 and 1 (several labels a row) an array, a weight per label.

    >>> from counterweight import pos_weight
    >>> pos_weight([0] * 900 + [1] * 100)
    9.0
    """
    array = plain(y)
    if array.ndim == 2 and array.shape[1] > 1:
        if not np.isin(array, (0, 1)).all():
            raise ValueError("A matrix of labels must hold 0 and 1 only.")
        positives = array.sum(axis=0, dtype=np.float64)
        if (positives == 0).any():
            raise ValueError(f"Label {int(np.flatnonzero(positives == 0)[0])} has no positive row, so there is no weight for it.")
        return (array.shape[0] - positives) / positives
    labels = encode(array)
    classes = labels.classes
    if classes.shape[0] == 1 and pos_label is None and classes[0] == 1:
        return 0.0
    if classes.shape[0] != 2:
        raise ValueError(f"A positive weight needs two classes, but there are {classes.shape[0]}: {classes[:10].tolist()}.")
    at = 1
    if pos_label is not None:
        found = np.flatnonzero(classes == pos_label)
        if found.shape[0] == 0:
            raise ValueError(f"pos_label={pos_label!r} is not one of {classes.tolist()}.")
        at = int(found[0])
    return float(labels.counts[1 - at] / labels.counts[at])


class Explanation(dict):
    """What ``explain`` found: the document of ``counterweight explain --format json`` as a dictionary; as a text, its findings."""

    @property
    def text(self) -> str:
        """The findings, the most important first, one a line."""
        return "\n".join(finding["text"] for finding in self["findings"])

    @property
    def findings(self) -> list:
        """The findings: ``code``, ``text`` and, where a command acts on it, ``command``."""
        return self["findings"]

    def __str__(self) -> str:
        return self.text


def explain(counts: Any, weights: Any = "balanced", batch_size: int = 64, *, normalise: str = "none", reduction: str = "weighted-mean",
            separability: float = 0.85) -> Explanation:
    """What weights will do to training, from class counts alone: the learned prior, the effective sample size, the noise, the learning rate.

    Parameters
    ----------
    counts : sequence or dict
        The rows of each class: ``[900, 100]`` or ``{"good": 900, "bad": 100}``.
    weights : str or sequence
        A scheme (see :func:`class_weights`) or a weight per class.
    batch_size : int
        The rows of a batch.
    reduction : str
        ``weighted-mean`` (torch's mean of a weighted cross entropy), ``batch-mean`` or ``sum``.

    >>> from counterweight import explain
    >>> found = explain([1016, 12852, 12888, 3380, 296], weights="inverse")
    >>> round(found["effectiveSampleSize"])
    5193
    >>> print(found.findings[0]["code"])
    prior
    """
    names = None
    if isinstance(counts, dict):
        names, counts = [str(name) for name in counts], list(counts.values())
        if any("\n" in name or "\0" in name for name in names):
            raise ValueError("The name of a class is one line.")
    array = plain(counts)
    if array.ndim != 1 or array.dtype.kind not in "iuf" or (array.dtype.kind == "f" and (array != np.floor(array)).any()):
        raise ValueError("counts must hold a whole number of rows per class.")
    array = np.ascontiguousarray(array, dtype=np.int64)
    if not isinstance(weights, str):
        own: Sequence[float] = [float(w) for w in plain(weights).tolist()]
        if len(own) != array.shape[0]:
            raise ValueError(f"There are {len(own)} weights for {array.shape[0]} classes.")
        weights = f"manual({', '.join(repr(w) for w in own)})"
    document = _native.make(
        "cw_explain", array.ctypes.data, array.shape[0], None if names is None else "\n".join(names).encode("utf-8"), _word(weights, "weights"),
        _word(normalise, "normalise"), int(batch_size), _word(reduction, "reduction"), float(separability)).text()
    return Explanation(json.loads(document))
