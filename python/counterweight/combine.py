"""SMOTE followed by a cleaning, under imbalanced-learn's names and parameters.

>>> import numpy as np
>>> from counterweight.combine import SMOTETomek
>>> rng = np.random.default_rng(0)
>>> X, y = rng.normal(size=(100, 2)), np.array([0] * 80 + [1] * 20)
>>> sampler = SMOTETomek(random_state=0)
>>> rows, labels = sampler.fit_resample(X, y)
>>> rows.shape[0] == labels.shape[0] == sampler.sample_indices_.shape[0]
True
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ._arrays import seed_of
from ._resampling import Sampler, neighbours
from ._tables import Table, Target
from .over_sampling import SMOTE
from .under_sampling import EditedNearestNeighbours, TomekLinks

__all__ = ["SMOTEENN", "SMOTETomek"]


class _Combined(Sampler):
    _sampling_type = "over-sampling"
    _cleaning: Any = None

    def _steps(self) -> tuple:
        raise NotImplementedError

    def _resample(self, table: Table, target: Target) -> tuple:
        over, cleaning, fixed = self._steps()
        for given, kind, name in ((over, "fit_resample", "smote"), (cleaning, "fit_resample", self._cleaning)):
            if given is not None and not hasattr(given, kind):
                raise ValueError(f"The {name!r} parameter of {type(self).__name__} must be a resampler. Got {given!r} instead.")
        if fixed:
            return super()._resample(table, target)
        first = _copy(over) if over is not None else SMOTE(sampling_strategy=self.sampling_strategy, random_state=seed_of(self.random_state))
        second = _copy(cleaning) if cleaning is not None else self._default()
        setattr(self, "smote_", first)
        setattr(self, f"{self._cleaning}_", second)
        rows, labels = first.fit_resample(table.given, target.given)
        self.sampling_strategy_ = first.sampling_strategy_
        rows, labels = second.fit_resample(rows, labels)
        kept = second.sample_indices_
        sources = getattr(first, "sample_indices_", None)
        if sources is None:
            total = int(kept.max(initial=-1)) + 1
            sources = np.where(np.arange(total) < table.rows, np.arange(total), -1)
        self.sample_indices_ = np.asarray(sources)[kept]
        parents = getattr(first, "parents_", None)
        self.parents_ = parents[kept] if parents is not None else np.full((kept.shape[0], 2), -1, dtype=np.int64)
        return rows, labels

    def _default(self) -> Any:
        raise NotImplementedError


def _copy(sampler: Any) -> Any:
    """The sampler with its parameters and nothing that it has learnt."""
    try:
        from sklearn.base import clone
    except ImportError:
        return copy.deepcopy(sampler)
    return clone(sampler)


class SMOTEENN(_Combined):
    """SMOTE, then every row that its nearest neighbours do not confirm goes (Batista, Prati and Monard, 2004).

    ``smote`` and ``enn``: resamplers to use instead of ``SMOTE()`` and ``EditedNearestNeighbours(sampling_strategy="all")``.

    >>> from counterweight.combine import SMOTEENN
    >>> SMOTEENN(random_state=0).random_state
    0
    """

    _cleaning = "enn"

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, smote: Any = None, enn: Any = None, n_jobs: Any = None):
        self.sampling_strategy, self.random_state, self.smote, self.enn, self.n_jobs = sampling_strategy, random_state, smote, enn, n_jobs

    def _steps(self) -> tuple:
        own = self.enn
        fixed = self.smote is None and (own is None or type(own) is EditedNearestNeighbours and own.sampling_strategy == "all")
        return self.smote, own, fixed

    def _method(self, table: Table, target: Target) -> str:
        own = self.enn or self._default()
        return f"smote-enn(k=5, edit={neighbours(own.n_neighbors, 'n_neighbors', own, 1)}, kind={own._kind()})"

    def _default(self) -> Any:
        return EditedNearestNeighbours(sampling_strategy="all")


class SMOTETomek(_Combined):
    """SMOTE, then both ends of every Tomek link go (Batista, Bazzan and Monard, 2003).

    >>> from counterweight.combine import SMOTETomek
    >>> SMOTETomek(sampling_strategy=0.5).sampling_strategy
    0.5
    """

    _cleaning = "tomek"

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, smote: Any = None, tomek: Any = None, n_jobs: Any = None):
        self.sampling_strategy, self.random_state, self.smote, self.tomek, self.n_jobs = sampling_strategy, random_state, smote, tomek, n_jobs

    def _steps(self) -> tuple:
        own = self.tomek
        return self.smote, own, self.smote is None and (own is None or type(own) is TomekLinks and own.sampling_strategy == "all")

    def _method(self, table: Table, target: Target) -> str:
        return "smote-tomek(k=5)"

    def _default(self) -> Any:
        return TomekLinks(sampling_strategy="all")
