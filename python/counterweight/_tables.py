"""Tables and labels of any kind in and out: arrays, lists, sparse matrices, pandas and polars."""

from __future__ import annotations

import re
from typing import Any, Sequence

import numpy as np

from . import _native
from ._arrays import Labels, encode, native


def _kind(value: Any) -> str:
    module = type(value).__module__.split(".")[0]
    if module == "polars":
        return "polars"
    if hasattr(value, "iloc"):
        return "pandas"
    if hasattr(value, "tocsr"):
        return "sparse"
    return "list" if isinstance(value, (list, tuple)) else "array"


def take(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Rows of an array by their indices; of a contiguous one of plain values on all threads."""
    if array.dtype.hasobject or not array.flags.c_contiguous or array.shape[0] == 0 or array.nbytes < 1 << 16:
        return array[rows]
    result = np.empty((rows.shape[0], *array.shape[1:]), dtype=array.dtype)
    wanted = np.ascontiguousarray(rows, dtype=np.int64)
    _native.call("cw_take", array.ctypes.data, array.nbytes // array.shape[0], array.shape[0], wanted.ctypes.data, wanted.shape[0], result.ctypes.data)
    return result


def _back(values: np.ndarray, dtype: Any) -> np.ndarray:
    """Numbers as another type; whole numbers by rounding."""
    dtype = np.dtype(dtype)
    if values.dtype == dtype:
        return values
    if dtype.kind in "iu":
        return np.rint(values).astype(dtype)
    return values >= 0.5 if dtype.kind == "b" else values.astype(dtype)


class Table:
    """The rows that are resampled, as the caller gave them."""

    def __init__(self, X: Any):
        self.given, self.kind = X, _kind(X)
        if self.kind == "pandas" and not hasattr(X, "columns"):
            raise ValueError("Expected 2D array, got a series instead: pass a frame, series.to_frame().")
        if self.kind in ("array", "list"):
            try:
                self._array = np.asarray(X)
            except ValueError as problem:
                raise ValueError(f"The rows are no table: {problem}") from None
            shape = self._array.shape
        else:
            shape = X.shape
        if len(shape) != 2:
            raise ValueError(f"Expected 2D array, got {len(shape)}D array instead: the rows have the shape {tuple(shape)}. Reshape your data with "
                             "array.reshape(-1, 1) for a single column or array.reshape(1, -1) for a single row.")
        self.rows, self.columns = int(shape[0]), int(shape[1])
        if self.rows == 0:
            raise ValueError(f"Found array with 0 sample(s) (shape=({self.rows}, {self.columns})) while a minimum of 1 is required.")
        if self.columns == 0:
            raise ValueError(f"Found array with 0 feature(s) (shape=({self.rows}, {self.columns})) while a minimum of 1 is required.")
        names = list(X.columns) if self.kind in ("pandas", "polars") else None
        self.names: list | None = names

    # The columns as they are, for those that hold no numbers.
    def _column(self, j: int) -> Any:
        if self.kind == "pandas":
            return self.given.iloc[:, j]
        if self.kind == "polars":
            return self.given[:, j]
        return self._dense()[:, j]

    def _dense(self) -> np.ndarray:
        return self.given.toarray() if self.kind == "sparse" else self._array

    def _name(self, j: int) -> str:
        return repr(self.names[j]) if self.names else f"{j + 1}"

    def text_columns(self) -> list[int]:
        """The columns that hold no numbers."""
        if self.kind in ("pandas", "polars"):
            return [j for j in range(self.columns) if not _is_number(self._column(j).dtype)]
        array = self._dense()
        if array.dtype.kind in "biuf":
            return []
        found = []
        for j in range(self.columns):
            try:
                array[:, j].astype(np.float64)
            except (TypeError, ValueError):
                found.append(j)
        return found

    def values(self, categorical: Sequence[int] = ()) -> np.ndarray:
        """The rows as the library reads them, float32 or float64; columns of categories as codes where they hold no numbers."""
        if self.kind in ("array", "list", "sparse"):
            array = self._dense()
            if array.dtype.kind in "biuf" and not (array.dtype == np.longdouble and array.dtype != np.float64):
                self._codes: dict[int, np.ndarray] = {}
                given = array
                array = array if array.dtype in (np.float32, np.float64) else array.astype(np.float32 if array.dtype == np.float16 else np.float64)
                if len(categorical):
                    # Categories may be any numbers; the library reads codes.
                    array = np.array(array, order="C")
                    for j in categorical:
                        array[:, j], self._codes[j] = _category_codes(given[:, j], self._name(j))
                return native(array)
            if array.dtype.kind == "f":
                self._codes = {}
                return native(array.astype(np.float64))
        marked = set(categorical)
        columns, self._codes, single = [], {}, True
        for j in range(self.columns):
            column = self._column(j)
            if j in marked:
                codes, first = _category_codes(column, self._name(j))
                self._codes[j] = first
                columns.append(codes.astype(np.float64))
                continue
            try:
                numbers = np.asarray(column.to_numpy() if hasattr(column, "to_numpy") else column)
                single &= numbers.dtype in (np.float32, np.float16)
                columns.append(numbers.astype(np.float64))
            except (TypeError, ValueError):
                raise ValueError(f"could not convert column {self._name(j)} to numbers: it holds texts or categories. Name it as categorical (SMOTENC, SMOTEN) "
                                 "or encode it first.") from None
        return np.ascontiguousarray(np.stack(columns, axis=1), dtype=np.float32 if single and not self._codes else np.float64)

    def select(self, rows: np.ndarray) -> Any:
        """Some of the rows, of the kind of the input; of a frame with their index."""
        if self.kind == "pandas":
            return self.given.iloc[rows]
        if self.kind == "polars":
            return self.given[rows.tolist() if rows.shape[0] == 0 else rows]
        if self.kind == "sparse":
            return self.given.tocsr()[rows].asformat(self.given.format)
        if self.kind == "list":
            return [self.given[i] for i in rows.tolist()]
        return take(self._array, rows)

    def made(self, values: np.ndarray, sources: np.ndarray) -> Any:
        """All rows of a result with made rows, of the kind of the input; copies hold exactly what the input held."""
        if self.kind == "sparse":
            return type(self.given)(_back(values, self.given.dtype))
        if self.kind == "list":
            return self._mixed(values, sources).tolist() if self._codes else _back(values, self._array.dtype).tolist()
        if self.kind == "array":
            return self._mixed(values, sources) if self._codes or self._array.dtype.kind not in "biuf" else _back(values, self._array.dtype)
        return self._frame(values, sources)

    def _mixed(self, values: np.ndarray, sources: np.ndarray) -> np.ndarray:
        numeric = self._array.dtype.kind in "biuf"
        result = np.empty(values.shape, dtype=object if self._array.dtype.kind == "U" else self._array.dtype)
        copied = sources >= 0
        for j in range(self.columns):
            if j in self._codes:
                result[:, j] = self._array[self._codes[j][values[:, j].astype(np.int64)], j]
            else:
                result[:, j] = _back(values[:, j], self._array.dtype) if numeric else values[:, j]
                result[copied, j] = self._array[sources[copied], j]
        return result.astype(self._array.dtype) if self._array.dtype.kind == "U" else result

    def _frame(self, values: np.ndarray, sources: np.ndarray) -> Any:
        if self.kind == "pandas":
            import pandas as pd

            numeric = {self.given.dtypes.iloc[j] for j in range(self.columns)}
            if not self._codes and len(numeric) == 1 and next(iter(numeric)) in (np.float64, np.float32):
                return pd.DataFrame(_back(values, next(iter(numeric))), columns=self.given.columns)
            columns = [self._frame_column(j, values[:, j], sources) for j in range(self.columns)]
            result = pd.concat([c.reset_index(drop=True) for c in columns], axis=1)
            result.columns = self.given.columns
            return result
        frame = type(self.given)
        return frame([self._frame_column(j, values[:, j], sources) for j in range(self.columns)])

    def _frame_column(self, j: int, values: np.ndarray, sources: np.ndarray) -> Any:
        column = self._column(j)
        pandas = self.kind == "pandas"
        if j in self._codes:
            rows = self._codes[j][values.astype(np.int64)]
            return column.iloc[rows] if pandas else column[rows]
        whole = _is_whole(column.dtype)
        numbers = np.rint(values) if whole else values
        if pandas:
            import pandas as pd

            made = pd.Series(numbers, name=column.name)
            if str(column.dtype).lower().startswith("bool"):
                made = made >= 0.5
            made = made.astype(column.dtype)
        else:
            series = type(column)
            made = series(column.name, numbers >= 0.5 if str(column.dtype) == "Boolean" else numbers).cast(column.dtype)
        copied = np.flatnonzero(sources >= 0)
        if whole and copied.shape[0] and pandas:
            made.iloc[copied] = column.iloc[sources[copied]].to_numpy()
        return made

    def renamed(self, message: str) -> str:
        """A message of the library with the names of the columns."""
        return re.sub(r"column 'column (\d+)'", lambda m: f"column {self._name(int(m.group(1)) - 1)}", message)


def _is_number(dtype: Any) -> bool:
    text = str(dtype).lower()
    return text != "category" and getattr(dtype, "kind", "O") in "biuf" or bool(re.match(r"u?int\d+|float\d+|bool", text))


def _is_whole(dtype: Any) -> bool:
    return bool(re.match(r"u?int\d+", str(dtype).lower()))


def _category_codes(column: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The code of each row of a column of categories, and a row that holds each code."""
    array = np.asarray(column.to_numpy() if hasattr(column, "to_numpy") else column)
    if array.dtype.kind in "biuf":
        if array.dtype.kind == "f" and np.isnan(array).any():
            raise ValueError(f"row {int(np.flatnonzero(np.isnan(array))[0]) + 1}, column {name}: The value is missing (NaN). Fill it in or leave the row out "
                             "before resampling.")
        _, first, codes = np.unique(array, return_index=True, return_inverse=True)
        return codes.reshape(-1), first
    array = array.astype(object)
    missing = np.array([v is None or v != v for v in array.tolist()], dtype=bool)
    if missing.any():
        raise ValueError(f"row {int(np.flatnonzero(missing)[0]) + 1}, column {name}: The value is missing. Fill it in or leave the row out before resampling.")
    known: dict = {}
    codes = np.fromiter((known.setdefault(v, len(known)) for v in array.tolist()), dtype=np.int64, count=array.shape[0])
    first = np.empty(len(known), dtype=np.int64)
    first[codes[::-1]] = np.arange(array.shape[0] - 1, -1, -1)
    return codes, first


class Target:
    """The labels of the rows, as the caller gave them."""

    def __init__(self, y: Any, rows: int):
        self.given, self.kind = y, _kind(y)
        if y is None:
            raise ValueError("y must be given: the label of each row.")
        array = y.to_numpy() if hasattr(y, "to_numpy") else y.toarray() if self.kind == "sparse" else np.asarray(y)
        self.one_versus_all = False
        if array.ndim == 2 and array.shape[1] > 1:
            whole = array.astype(np.float64) if array.dtype.kind in "biuf" else None
            if whole is None or not np.isin(whole, (0, 1)).all() or not (whole.sum(axis=1) == 1).all():
                raise ValueError("Multilabel and multioutput targets are not supported. y has several columns; it may be one column of labels, or columns of 0 "
                                 "and 1 with a single 1 in each row.")
            self.one_versus_all, array = True, whole.argmax(axis=1)
        if array.ndim == 2:
            array = array[:, 0]
        self.array = array
        self.labels: Labels = encode(array)
        if self.labels.codes.shape[0] != rows:
            raise ValueError(f"Found input variables with inconsistent numbers of samples: there are {rows} rows and {self.labels.codes.shape[0]} labels.")

    def select(self, rows: np.ndarray, made: bool) -> Any:
        """The labels of some of the rows, of the kind of the input."""
        if self.kind == "pandas":
            chosen = self.given.iloc[rows]
            return chosen.reset_index(drop=True) if made else chosen
        if self.kind == "polars":
            return self.given[rows]
        if self.kind == "sparse":
            return self.given.tocsr()[rows]
        if self.kind == "list":
            return [self.given[i] for i in rows.tolist()]
        return self.given[rows] if self.one_versus_all else take(self.array, rows)

    def named(self, message: str) -> str:
        """A message of the library with the labels in the place of the codes."""
        classes = self.labels.classes.tolist()
        if classes == list(range(len(classes))):
            return message

        def name(match: re.Match) -> str:
            code = int(match.group(2))
            return f"{match.group(1)} {classes[code]!r}" if code < len(classes) else match.group(0)

        return re.sub(r"\b([Cc]lass) (\d+)\b", name, message)
