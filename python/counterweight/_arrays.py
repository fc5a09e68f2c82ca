"""Arrays in and out of the library: labels as codes, scores, weights."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from . import _native


class Labels(NamedTuple):
    """Labels as codes: the distinct labels ascending, a code per row, the rows of each label."""

    classes: np.ndarray
    codes: np.ndarray
    counts: np.ndarray


def plain(values: Any) -> np.ndarray:
    """Anything array-like as a numpy array, without a copy where it is one or lies over one."""
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "detach"):  # a tensor of torch
        values = values.detach().cpu().numpy()
    elif hasattr(values, "to_numpy"):  # a column of a data frame
        values = values.to_numpy()
    return np.asarray(values)


def column(values: Any, name: str) -> np.ndarray:
    """One value per row."""
    array = plain(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"{name} has the shape {array.shape}; it must have one value per row.")
    return array


def native(array: np.ndarray) -> np.ndarray:
    """The array itself where it lies as the library reads it, else a copy: contiguous by rows, aligned, of this machine's byte order."""
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return array if array.flags.c_contiguous and array.flags.aligned else np.array(array, order="C")


def floats(values: Any, name: str, rows: int | None = None) -> np.ndarray:
    """Real numbers, one per row, as float64."""
    array = column(values, name)
    if array.dtype.kind not in "biuf":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{name} must hold numbers; it holds {array.dtype}.") from None
    array = native(array.astype(np.float64, copy=False))
    if rows is not None and array.shape[0] != rows:
        raise ValueError(f"{name} has {array.shape[0]} values for {rows} rows.")
    return array


def matrix(values: Any, name: str) -> np.ndarray:
    """Scores or probabilities as float64: rows, or rows by classes."""
    array = plain(values)
    if array.ndim not in (1, 2):
        raise ValueError(f"{name} has the shape {array.shape}; it must be (rows,) or (rows, classes).")
    if array.dtype.kind not in "biuf":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{name} must hold numbers; it holds {array.dtype}.") from None
    return native(array.astype(np.float64, copy=False))


def encode(values: Any, name: str = "y") -> Labels:
    """Labels as codes in ascending order; integers are read in place on all threads."""
    array = column(values, name)
    kind = array.dtype.kind
    if kind == "f":
        if not np.isfinite(array).all():
            row = int(np.flatnonzero(~np.isfinite(array))[0])
            raise ValueError(f"row {row + 1}: {name} holds {array[row]}; a label is missing.")
        if (array != np.floor(array)).any():
            raise ValueError(f"Unknown label type: 'continuous'. {name} holds numbers with fractions, such as {array[array != np.floor(array)][0]}; labels "
                             "are classes.")
    if kind in "bui" and array.shape[0] > 0:
        whole = native(array)
        as_type = whole.view(np.uint8) if kind == "b" else whole
        number = _native.INT_TYPES.get(as_type.dtype.name)
        if number is not None:
            codes = np.empty(whole.shape[0], dtype=np.int32)
            try:
                found = _native.make("cw_encode", as_type.ctypes.data, number, whole.shape[0], codes.ctypes.data)
            except ValueError as problem:
                if "range over" not in str(problem):
                    raise
            else:
                return Labels(found.copy(_native.VALUES).astype(array.dtype), codes, found.copy(_native.COUNTS))
    try:
        classes, codes, counts = np.unique(array, return_inverse=True, return_counts=True)
    except TypeError:
        missing = [i for i, value in enumerate(array.tolist()) if value is None or value != value]
        what = f"row {missing[0] + 1}: a label is missing" if missing else "labels of several kinds cannot be put in order"
        raise ValueError(f"{name}: {what}.") from None
    if kind == "O" and any(value is None or value != value for value in classes.tolist()):
        row = next(i for i, value in enumerate(array.tolist()) if value is None or value != value)
        raise ValueError(f"row {row + 1}: {name} has no label.")
    return Labels(classes, np.ascontiguousarray(codes.reshape(-1), dtype=np.int32), counts.astype(np.int64))


def into(labels: Labels, classes: np.ndarray, name: str) -> np.ndarray:
    """The codes of labels among given classes."""
    if labels.classes.shape == classes.shape and (labels.classes == classes).all():
        return labels.codes
    places = np.searchsorted(classes, labels.classes)
    found = places < classes.shape[0]
    found[found] = classes[places[found]] == labels.classes[found]
    if not found.all():
        raise ValueError(f"{name} holds the label {labels.classes[~found][0]!r}, which is not one of {classes.tolist()}.")
    return places.astype(np.int32)[labels.codes]


def positive_code(classes: np.ndarray, positive: Any) -> int:
    """The code of the positive of two classes: the one asked for, else the second."""
    if positive is None:
        return 1
    at = np.flatnonzero(classes == positive)
    if at.shape[0] == 0:
        raise ValueError(f"pos_label={positive!r} is not a valid label. It should be one of {classes.tolist()}.")
    return int(at[0])


def seed_of(random_state: Any) -> int:
    """A seed of the library: the whole number itself, or one drawn from a generator of numpy; from numpy's own, as scikit-learn does, for None."""
    if random_state is None:
        return int(np.random.randint(0, 2**31 - 1))
    if isinstance(random_state, (int, np.integer)) and not isinstance(random_state, (bool, np.bool_)):
        if not -2**63 <= int(random_state) < 2**63:
            raise ValueError(f"A seed is a whole number of 64 bits; {random_state} is larger.")
        return int(random_state)
    if random_state is np.random or isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(0, 2**31 - 1))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(0, 2**63 - 1))
    raise ValueError(f"A seed is None, a whole number or a generator of numpy; {random_state!r} is not.")
