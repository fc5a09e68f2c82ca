"""What all resamplers share: parameters, strategies, the call of the library, and what comes back."""

from __future__ import annotations

import importlib.util
import numbers
import warnings
from typing import Any, Callable

import numpy as np

from . import _native
from ._arrays import seed_of
from ._tables import Table, Target

if importlib.util.find_spec("sklearn") is not None:
    from sklearn.base import BaseEstimator
else:
    import inspect

    class BaseEstimator:  # type: ignore[no-redef]
        """The parameters of a class without scikit-learn: those of its constructor."""

        @classmethod
        def _names(cls) -> list:
            return sorted(p.name for p in inspect.signature(cls.__init__).parameters.values() if p.name != "self")

        def get_params(self, deep: bool = True) -> dict:
            """The parameters by name."""
            return {name: getattr(self, name) for name in self._names()}

        def set_params(self, **params: Any) -> "BaseEstimator":
            """Sets parameters."""
            for name, value in params.items():
                if name not in self._names():
                    raise ValueError(f"Invalid parameter {name!r} for estimator {self!r}. Valid parameters are: {self._names()}.")
                setattr(self, name, value)
            return self

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in self._names())})"

        def _more_tags(self) -> dict:
            return {}

        def _get_tags(self) -> dict:
            return self._more_tags()


_WORDS = ("auto", "minority", "majority", "not minority", "not majority", "all")


class Sampler(BaseEstimator):
    """A resampler with the interface of imbalanced-learn."""

    _estimator_type = "sampler"
    _sampling_type = "over-sampling"
    _looks = True  # whether the library looks at the values of the rows
    _categories: Callable[[Table], list] | None = None

    sampling_strategy: Any
    sampling_strategy_: dict
    sample_indices_: np.ndarray
    parents_: np.ndarray
    n_features_in_: int

    def _method(self, table: Table, target: Target) -> str:
        raise NotImplementedError

    def _more_tags(self) -> dict:
        return {"X_types": ["2darray", "sparse", "dataframe"], "sample_indices": True, "allow_nan": False}

    def fit(self, X: Any, y: Any) -> "Sampler":
        """Checks the rows and the strategy; ``fit_resample`` does the work."""
        table = Table(X)
        target = Target(y, table.rows)
        self._remember(table)
        self._check_classes(target)
        strategy = self._strategy(target)
        if self._sampling_type == "clean-sampling":
            self.sampling_strategy_ = self._cleaned(target, strategy)
        else:
            found = self._call("random-over" if self._sampling_type == "over-sampling" else "random-under", strategy, table, target, None, (), 0)
            self._targets(found, target)
        return self

    def fit_resample(self, X: Any, y: Any) -> tuple:
        """Resamples rows and their labels.

        ``X`` may be an array, a list of rows, a sparse matrix (made dense for methods that look at the values, and given back in its format), a frame of
        pandas or of polars; ``y`` the label of each row. Both come back as what they came in.
        """
        table = Table(X)
        target = Target(y, table.rows)
        self._remember(table)
        self._check_classes(target)
        if self._sampling_type == "over-sampling" and getattr(self, "n_jobs", None) is not None:
            warnings.warn("The parameter `n_jobs` has been deprecated in 0.10 of imbalanced-learn. Here it has no effect: counterweight.set_threads says how "
                          "many threads are used.", FutureWarning, stacklevel=2)
        return self._resample(table, target)

    def _resample(self, table: Table, target: Target) -> tuple:
        strategy = self._strategy(target)
        categorical = self._categories(table) if self._categories else []
        method = self._method(table, target)
        values = table.values(categorical) if self._looks else None
        found = self._call(method, strategy, table, target, values, categorical, seed_of(getattr(self, "random_state", None)))
        self._targets(found, target)
        return self._give(found, table, target, values)

    def _call(self, method: str, strategy: str, table: Table, target: Target, values: np.ndarray | None, categorical: Any, seed: int) -> _native.Handle:
        labels = target.labels
        marked = np.asarray(sorted(categorical), dtype=np.int32)
        try:
            return _native.make(
                "cw_resample", method.encode(), strategy.encode(), _native.pointer(values), 0 if values is None else _native.FLOAT_TYPES[values.dtype.name],
                table.rows, 0 if values is None else values.shape[1], marked.ctypes.data, marked.shape[0], labels.codes.ctypes.data,
                labels.classes.shape[0], seed)
        except ValueError as problem:
            raise ValueError(table.renamed(target.named(str(problem)))) from None

    def _give(self, found: _native.Handle, table: Table, target: Target, values: np.ndarray | None) -> tuple:
        sources = found.copy(_native.SOURCES)
        if self._makes_rows(found):
            rows = found.copy(_native.ROWS, values.dtype).reshape(-1, table.columns)
            bases, partners = found.copy(_native.BASES), found.copy(_native.PARTNERS)
            codes = found.copy(_native.LABELS)
            found.free()
            return self._finish(table, target, rows, codes, sources, bases, partners)
        found.free()
        self.sample_indices_ = sources
        self.parents_ = np.full((sources.shape[0], 2), -1, dtype=np.int64)
        return table.select(sources), target.select(sources, made=False)

    def _finish(self, table: Table, target: Target, rows: np.ndarray, codes: np.ndarray, sources: np.ndarray, bases: np.ndarray,
                partners: np.ndarray) -> tuple:
        made = sources < 0
        self.sample_indices_ = sources
        parents = np.stack([bases, partners], axis=1)
        parents[~made] = -1
        self.parents_ = parents
        return table.made(rows, sources), target.select(_label_rows(target, codes, sources), made=True)

    @staticmethod
    def _makes_rows(found: _native.Handle) -> bool:
        try:
            found.size(_native.ROWS)
        except ValueError:
            return False
        return True

    def _remember(self, table: Table) -> None:
        self.n_features_in_ = table.columns
        if table.names is not None and all(isinstance(name, str) for name in table.names):
            self.feature_names_in_ = np.asarray(table.names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _check_classes(self, target: Target) -> None:
        if target.labels.classes.shape[0] < 2:
            raise ValueError(f"The target 'y' needs to have more than 1 class. Got {target.labels.classes.shape[0]} class instead")

    # Strategies: the forms of imbalanced-learn as the text that the library reads.
    def _strategy(self, target: Target) -> str:
        strategy = self.sampling_strategy
        if callable(strategy) and not isinstance(strategy, (str, type)):
            strategy = strategy(target.array)
            if not isinstance(strategy, (dict, list, tuple)):
                raise ValueError(f"The function of sampling_strategy must give a dict of label and rows; it gave {strategy!r}.")
        cleaning = self._sampling_type == "clean-sampling"
        if isinstance(strategy, str):
            if strategy not in _WORDS and strategy not in [word.replace(" ", "-") for word in _WORDS]:
                raise ValueError(f"When 'sampling_strategy' is a string, it needs to be one of {list(_WORDS)}. Got {strategy!r} instead.")
            return strategy
        if isinstance(strategy, dict):
            if cleaning:
                raise ValueError("'sampling_strategy' as a dict for cleaning methods is not supported. Please give a list of the classes to be targeted by the "
                                 "sampling.")
            codes = self._codes_of(strategy, target)
            for label, rows in strategy.items():
                if isinstance(rows, bool) or not isinstance(rows, numbers.Integral):
                    raise ValueError(f"sampling_strategy asks for {rows!r} rows of class {label!r}; it must be a whole number.")
                if rows < 0:
                    raise ValueError(f"The number of samples in a class cannot be negative. 'sampling_strategy' contains some negative value: {strategy}")
                self._check_rows(label, int(rows), int(target.labels.counts[codes[label]]))
            # Without an entry nothing is resampled; the library reads a class and the rows that it has already.
            pairs = [(codes[label], int(rows)) for label, rows in strategy.items()] or [(0, int(target.labels.counts[0]))]
            return ",".join(f"{code}={rows}" for code, rows in sorted(pairs))
        if isinstance(strategy, (list, tuple, np.ndarray)):
            if not cleaning:
                raise ValueError("'sampling_strategy' cannot be a list for samplers which are not cleaning methods: give a dict of label and rows.")
            codes = self._codes_of(list(strategy), target)
            return f"only:{','.join(str(c) for c in sorted(codes.values()))}"
        if isinstance(strategy, numbers.Real) and not isinstance(strategy, bool):
            if not 0 < strategy <= 1:
                raise ValueError(f"When 'sampling_strategy' is a float, it should be in the range (0, 1]. Got {strategy} instead.")
            return repr(float(strategy))
        raise ValueError(f"The 'sampling_strategy' parameter of {type(self).__name__} must be a float, a str, a dict, a list or a callable. Got {strategy!r} "
                         "instead.")

    def _check_rows(self, label: Any, rows: int, has: int) -> None:
        if self._sampling_type == "over-sampling" and rows < has:
            raise ValueError("With over-sampling methods, the number of samples in a class should be greater or equal to the original number of samples. "
                             f"Originally, there is {has} samples and {rows} samples are asked.")
        if self._sampling_type == "under-sampling" and rows > has:
            raise ValueError("With under-sampling methods, the number of samples in a class should be less or equal to the original number of samples. "
                             f"Originally, there is {has} samples and {rows} samples are asked.")

    @staticmethod
    def _codes_of(labels: Any, target: Target) -> dict:
        known = {label: code for code, label in enumerate(target.labels.classes.tolist())}
        missing = [label for label in labels if label not in known]
        if missing:
            raise ValueError(f"The {set(missing)} target class is/are not present in the data.")
        return {label: known[label] for label in labels}

    def _targets(self, found: _native.Handle, target: Target) -> None:
        labels = target.labels
        after, chosen = found.copy(_native.TARGETS), found.copy(_native.TARGETED)
        names = labels.classes.tolist()
        if self._sampling_type == "over-sampling":
            self.sampling_strategy_ = {n: int(after[c] - labels.counts[c]) for c, n in enumerate(names) if chosen[c]}
        elif self._sampling_type == "under-sampling":
            self.sampling_strategy_ = {n: int(after[c]) for c, n in enumerate(names) if chosen[c]}
        else:
            least = int(labels.counts.min())
            self.sampling_strategy_ = {n: least for c, n in enumerate(names) if chosen[c]}

    @staticmethod
    def _cleaned(target: Target, strategy: str) -> dict:
        labels = target.labels
        names, least = labels.classes.tolist(), int(labels.counts.min())
        smallest, largest = int(labels.counts.argmin()), int(labels.counts.argmax())
        if strategy.startswith("only:"):
            return {names[int(c)]: least for c in strategy[5:].split(",")}
        word = strategy.replace("-", " ")
        if word == "minority" or word not in _WORDS:
            raise ValueError(f"'sampling_strategy'={word!r} cannot be used with under-sampler and cleaning methods.")
        keep = {"all": lambda c: True, "majority": lambda c: c == largest, "not majority": lambda c: c != largest}.get(word, lambda c: c != smallest)
        return {n: least for c, n in enumerate(names) if keep(c)}

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The names of the columns, which are those of the input."""
        known = getattr(self, "feature_names_in_", None)
        if input_features is not None:
            given = np.asarray(input_features, dtype=object)
            if known is not None and not np.array_equal(known, given):
                raise ValueError("input_features is not equal to feature_names_in_")
            if hasattr(self, "n_features_in_") and given.shape[0] != self.n_features_in_:
                raise ValueError(f"input_features should have length equal to number of features ({self.n_features_in_}), got {given.shape[0]}")
            return given
        if known is not None:
            return known
        if not hasattr(self, "n_features_in_"):
            raise ValueError("Unable to generate feature names without n_features_in_")
        return np.asarray([f"x{i}" for i in range(self.n_features_in_)], dtype=object)


def _label_rows(target: Target, codes: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """A row with the label of each row of a result."""
    own = target.labels.codes
    first = np.empty(target.labels.classes.shape[0], dtype=np.int64)
    first[own[::-1]] = np.arange(own.shape[0] - 1, -1, -1)
    return np.where(sources >= 0, sources, first[codes])


def whole(value: Any, name: str, owner: Any, least: int = 1) -> int:
    """A parameter that is a whole number."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"The {name!r} parameter of {type(owner).__name__} must be an int in the range [{least}, inf). Got {value!r} instead.")
    return int(value)


def neighbours(value: Any, name: str, owner: Any, itself: int) -> int:
    """A number of neighbours, or an estimator that has it; an estimator counts the row itself, where the number does not."""
    if hasattr(value, "kneighbors") or hasattr(value, "n_neighbors"):
        params = value.get_params() if hasattr(value, "get_params") else {}
        metric, p = params.get("metric", "minkowski"), params.get("p", 2)
        if metric not in ("minkowski", "euclidean", "l2") or (metric == "minkowski" and p != 2) or params.get("metric_params"):
            raise ValueError(f"The {name!r} parameter of {type(owner).__name__} must have the Euclidean metric; metric={metric!r}, p={p!r} is not.")
        found = getattr(value, "n_neighbors", None) if "n_neighbors" not in params else params["n_neighbors"]
        if found is None:
            found = 5
        return whole(int(found) - itself, name, owner)
    if isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_)):
        return whole(value, name, owner)
    raise ValueError(f"The {name!r} parameter of {type(owner).__name__} must be an int in the range [1, inf) or an object with the attributes of a nearest "
                     f"neighbours estimator. Got {value!r} instead.")


def choice(value: Any, name: str, owner: Any, accepted: tuple) -> Any:
    """A parameter that is one of a few words."""
    if not isinstance(value, (str, int)) or value not in accepted:
        raise ValueError(f"The {name!r} parameter of {type(owner).__name__} must be a str among {set(accepted)}. Got {value!r} instead.")
    return value


def number(value: Any, name: str, owner: Any, low: float = 0.0, high: float = float("inf")) -> float:
    """A parameter that is a number."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real) or not low <= value <= high:
        raise ValueError(f"The {name!r} parameter of {type(owner).__name__} must be a float in the range [{low}, {high}]. Got {value!r} instead.")
    return float(value)


def flag(value: Any, name: str, owner: Any) -> bool:
    """A parameter that is true or false."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"The {name!r} parameter of {type(owner).__name__} must be an instance of 'bool'. Got {value!r} instead.")
    return bool(value)
