"""Under-sampling and cleaning under imbalanced-learn's names and parameters.

>>> import numpy as np
>>> from counterweight.under_sampling import RandomUnderSampler
>>> X = np.arange(100).reshape(-1, 1)
>>> rows, labels = RandomUnderSampler(random_state=0).fit_resample(X, [0] * 90 + [1] * 10)
>>> rows.shape
(20, 1)

``sample_indices_`` holds the rows of the input that are kept; ``parents_`` is -1 throughout, as no row lies between two. ``n_jobs`` is accepted and has no
effect, see :mod:`counterweight.over_sampling`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._arrays import seed_of
from ._resampling import Sampler, choice, flag, neighbours, number, whole
from ._tables import Table, Target

__all__ = [
    "RandomUnderSampler", "NearMiss", "TomekLinks", "CondensedNearestNeighbour", "OneSidedSelection", "EditedNearestNeighbours",
    "RepeatedEditedNearestNeighbours", "AllKNN", "NeighbourhoodCleaningRule", "InstanceHardnessThreshold", "ClusterCentroids",
]


class RandomUnderSampler(Sampler):
    """Keeps a random choice of the rows of the larger classes; rows may hold anything, texts and missing values too.

    >>> from counterweight.under_sampling import RandomUnderSampler
    >>> sampler = RandomUnderSampler(random_state=0)
    >>> rows, labels = sampler.fit_resample([["a"], ["b"], ["c"]], [0, 0, 1])
    >>> labels, sampler.sampling_strategy_
    ([0, 1], {0: 1})
    """

    _sampling_type = "under-sampling"
    _looks = False

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, replacement: bool = False):
        self.sampling_strategy, self.random_state, self.replacement = sampling_strategy, random_state, replacement

    def _more_tags(self) -> dict:
        return {"X_types": ["2darray", "string", "sparse", "dataframe"], "sample_indices": True, "allow_nan": True}

    def _method(self, table: Table, target: Target) -> str:
        return f"random-under(replacement={'yes' if flag(self.replacement, 'replacement', self) else 'no'})"


class NearMiss(Sampler):
    """Keeps the rows of the larger classes by their distance to the smallest class, in three versions (Mani and Zhang, 2003).

    >>> from counterweight.under_sampling import NearMiss
    >>> NearMiss(version=3).version
    3
    """

    _sampling_type = "under-sampling"

    def __init__(self, *, sampling_strategy: Any = "auto", version: int = 1, n_neighbors: Any = 3, n_neighbors_ver3: Any = 3, n_jobs: Any = None):
        self.sampling_strategy, self.version, self.n_neighbors = sampling_strategy, version, n_neighbors
        self.n_neighbors_ver3, self.n_jobs = n_neighbors_ver3, n_jobs

    def _method(self, table: Table, target: Target) -> str:
        version = choice(self.version, "version", self, (1, 2, 3))
        k = neighbours(self.n_neighbors, "n_neighbors", self, 0)
        m = neighbours(self.n_neighbors_ver3, "n_neighbors_ver3", self, 0)
        return f"near-miss-3(k={k}, m={m})" if version == 3 else f"near-miss-{version}(k={k})"


class TomekLinks(Sampler):
    """Takes away rows that are nearest neighbours of a row of another class, and it of them (Tomek, 1976).

    >>> from counterweight.under_sampling import TomekLinks
    >>> rows, labels = TomekLinks().fit_resample([[0.0], [0.1], [1.0], [1.1], [1.3]], [0, 0, 0, 1, 0])
    >>> labels
    [0, 0, 1, 0]
    """

    _sampling_type = "clean-sampling"

    def __init__(self, *, sampling_strategy: Any = "auto", n_jobs: Any = None):
        self.sampling_strategy, self.n_jobs = sampling_strategy, n_jobs

    def _method(self, table: Table, target: Target) -> str:
        return "tomek-links"

    @staticmethod
    def is_tomek(y: Any, nn_index: Any, class_type: Any) -> np.ndarray:
        """Which rows of the classes named are an end of a link, from the nearest neighbour of each row."""
        y, nearest = np.asarray(y), np.asarray(nn_index).reshape(-1)
        rows = np.arange(y.shape[0])
        return np.isin(y, list(class_type)) & (nearest[nearest] == rows) & (y[nearest] != y)


class CondensedNearestNeighbour(Sampler):
    """Keeps the rows that the rows kept so far misclassify (Hart, 1968).

    >>> from counterweight.under_sampling import CondensedNearestNeighbour
    >>> CondensedNearestNeighbour(n_seeds_S=2).n_seeds_S
    2
    """

    _sampling_type = "clean-sampling"
    _name = "condensed-nn"

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, n_neighbors: Any = None, n_seeds_S: int = 1, n_jobs: Any = None):
        self.sampling_strategy, self.random_state, self.n_neighbors = sampling_strategy, random_state, n_neighbors
        self.n_seeds_S, self.n_jobs = n_seeds_S, n_jobs

    def _method(self, table: Table, target: Target) -> str:
        k = 1 if self.n_neighbors is None else neighbours(self.n_neighbors, "n_neighbors", self, 0)
        return f"{self._name}(k={k}, seeds={whole(self.n_seeds_S, 'n_seeds_S', self)})"


class OneSidedSelection(CondensedNearestNeighbour):
    """Keeps the rows that a few random rows misclassify, then takes Tomek links away (Kubat and Matwin, 1997).

    >>> from counterweight.under_sampling import OneSidedSelection
    >>> OneSidedSelection(random_state=0).random_state
    0
    """

    _name = "one-sided-selection"


class EditedNearestNeighbours(Sampler):
    """Takes away rows that disagree with their nearest neighbours: with any of them, or (``kind_sel="mode"``) with most (Wilson, 1972).

    >>> from counterweight.under_sampling import EditedNearestNeighbours
    >>> X = [[0.0], [0.1], [0.2], [0.3], [5.0], [5.1], [5.2]]
    >>> rows, labels = EditedNearestNeighbours(n_neighbors=2).fit_resample(X, [0, 0, 0, 0, 1, 1, 0])
    >>> labels
    [0, 0, 0, 0, 1, 1]
    """

    _sampling_type = "clean-sampling"

    def __init__(self, *, sampling_strategy: Any = "auto", n_neighbors: Any = 3, kind_sel: str = "all", n_jobs: Any = None):
        self.sampling_strategy, self.n_neighbors, self.kind_sel, self.n_jobs = sampling_strategy, n_neighbors, kind_sel, n_jobs

    def _kind(self) -> str:
        return choice(self.kind_sel, "kind_sel", self, ("all", "mode"))

    def _method(self, table: Table, target: Target) -> str:
        return f"enn{'-mode' if self._kind() == 'mode' else ''}(k={neighbours(self.n_neighbors, 'n_neighbors', self, 1)})"


class RepeatedEditedNearestNeighbours(EditedNearestNeighbours):
    """Repeats the editing until nothing changes (Tomek, 1976).

    >>> from counterweight.under_sampling import RepeatedEditedNearestNeighbours
    >>> RepeatedEditedNearestNeighbours(max_iter=5).max_iter
    5
    """

    def __init__(self, *, sampling_strategy: Any = "auto", n_neighbors: Any = 3, max_iter: int = 100, kind_sel: str = "all", n_jobs: Any = None):
        super().__init__(sampling_strategy=sampling_strategy, n_neighbors=n_neighbors, kind_sel=kind_sel, n_jobs=n_jobs)
        self.max_iter = max_iter

    def _method(self, table: Table, target: Target) -> str:
        k, passes = neighbours(self.n_neighbors, "n_neighbors", self, 1), whole(self.max_iter, "max_iter", self)
        return f"repeated-enn(k={k}, passes={passes}, kind={self._kind()})"


class AllKNN(EditedNearestNeighbours):
    """Edits with one neighbour, then two, up to ``n_neighbors`` (Tomek, 1976).

    >>> from counterweight.under_sampling import AllKNN
    >>> AllKNN(allow_minority=True).allow_minority
    True
    """

    def __init__(self, *, sampling_strategy: Any = "auto", n_neighbors: Any = 3, kind_sel: str = "all", allow_minority: bool = False, n_jobs: Any = None):
        super().__init__(sampling_strategy=sampling_strategy, n_neighbors=n_neighbors, kind_sel=kind_sel, n_jobs=n_jobs)
        self.allow_minority = allow_minority

    def _method(self, table: Table, target: Target) -> str:
        minority = "yes" if flag(self.allow_minority, "allow_minority", self) else "no"
        return f"all-knn(k={neighbours(self.n_neighbors, 'n_neighbors', self, 1)}, kind={self._kind()}, minority={minority})"


class NeighbourhoodCleaningRule(EditedNearestNeighbours):
    """Takes away rows that their neighbours outvote, and neighbours of misjudged rows of the smallest class (Laurikkala, 2001, table 1).

    >>> from counterweight.under_sampling import NeighbourhoodCleaningRule
    >>> NeighbourhoodCleaningRule(threshold_cleaning=0.3).threshold_cleaning
    0.3
    """

    def __init__(self, *, sampling_strategy: Any = "auto", n_neighbors: Any = 3, kind_sel: str = "all", threshold_cleaning: float = 0.5, n_jobs: Any = None):
        super().__init__(sampling_strategy=sampling_strategy, n_neighbors=n_neighbors, kind_sel=kind_sel, n_jobs=n_jobs)
        self.threshold_cleaning = threshold_cleaning

    def _method(self, table: Table, target: Target) -> str:
        share = self.threshold_cleaning
        if isinstance(share, bool) or not isinstance(share, (int, float, np.number)) or not 0 < share < 1:
            raise ValueError(f"The 'threshold_cleaning' parameter of NeighbourhoodCleaningRule must be a float in the range (0, 1). Got {share!r} instead.")
        return f"ncr(k={neighbours(self.n_neighbors, 'n_neighbors', self, 1)}, threshold={float(share)!r}, kind={self._kind()})"


class InstanceHardnessThreshold(Sampler):
    """Keeps the rows that a classifier trained on other rows finds easiest (Smith, Martinez and Giraud-Carrier, 2014).

    Without ``estimator`` a random forest of 100 trees of the library; any classifier of scikit-learn with ``predict_proba`` otherwise (needs scikit-learn).

    >>> from counterweight.under_sampling import InstanceHardnessThreshold
    >>> InstanceHardnessThreshold(cv=3).cv
    3
    """

    _sampling_type = "under-sampling"

    def __init__(self, *, estimator: Any = None, sampling_strategy: Any = "auto", random_state: Any = None, cv: int = 5, n_jobs: Any = None):
        self.estimator, self.sampling_strategy, self.random_state, self.cv, self.n_jobs = estimator, sampling_strategy, random_state, cv, n_jobs

    def _method(self, table: Table, target: Target) -> str:
        return f"instance-hardness(folds={whole(self.cv, 'cv', self, 2)}, trees=100)"

    def _resample(self, table: Table, target: Target) -> tuple:
        if self.estimator is None:
            return super()._resample(table, target)
        if not hasattr(self.estimator, "fit") or not hasattr(self.estimator, "predict_proba"):
            raise ValueError("The 'estimator' parameter of InstanceHardnessThreshold must be a classifier with `predict_proba`. "
                             f"Got {self.estimator!r} instead.")
        from sklearn.base import clone
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        found = self._call("random-under", self._strategy(target), table, target, None, (), 0)
        self._targets(found, target)
        values, codes, seed = table.values(), target.labels.codes, seed_of(self.random_state) % 2**32
        self.estimator_ = clone(self.estimator)
        if "random_state" in self.estimator_.get_params():
            self.estimator_.set_params(random_state=seed)
        folds = StratifiedKFold(n_splits=whole(self.cv, "cv", self, 2), shuffle=True, random_state=seed)
        p = cross_val_predict(self.estimator_, values, codes, cv=folds, n_jobs=self.n_jobs, method="predict_proba")[np.arange(table.rows), codes]
        kept = []
        for code, label in enumerate(target.labels.classes.tolist()):
            rows = np.flatnonzero(codes == code)
            if label in self.sampling_strategy_:
                share = self.sampling_strategy_[label] / rows.shape[0]
                rows = rows[p[rows] >= np.percentile(p[rows], (1.0 - share) * 100.0)]
            kept.append(rows)
        self.sample_indices_ = np.concatenate(kept)
        self.parents_ = np.full((self.sample_indices_.shape[0], 2), -1, dtype=np.int64)
        return table.select(self.sample_indices_), target.select(self.sample_indices_, made=False)


class ClusterCentroids(Sampler):
    """Puts the centres of k-means clusters in the place of the rows of the larger classes (Yen and Lee, 2009).

    ``estimator``: scikit-learn's ``KMeans``, of which ``max_iter`` is taken, or any clustering with ``n_clusters`` and ``cluster_centers_``, which is then
    fitted to each class. ``voting``: ``soft`` gives the centres, ``hard`` the row nearest to each, ``auto`` the
    centres unless the rows are a sparse matrix.

    >>> from counterweight.under_sampling import ClusterCentroids
    >>> ClusterCentroids(voting="hard").voting
    'hard'
    """

    _sampling_type = "under-sampling"

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, estimator: Any = None, voting: str = "auto"):
        self.sampling_strategy, self.random_state, self.estimator, self.voting = sampling_strategy, random_state, estimator, voting

    def _method(self, table: Table, target: Target) -> str:
        self._method_of_voting(table)
        rounds = 300
        if self.estimator is not None:
            rounds = whole(self.estimator.max_iter, "estimator", self)
        return f"cluster-centroids(voting={self.voting_}, rounds={rounds})"

    def _resample(self, table: Table, target: Target) -> tuple:
        given = self.estimator
        if given is None or type(given).__name__ == "KMeans":
            return super()._resample(table, target)
        if not hasattr(given, "n_clusters") or not hasattr(given, "fit") or not hasattr(given, "set_params"):
            raise ValueError("`estimator` should be a clustering estimator exposing a parameter `n_clusters` and a fitted parameter `cluster_centers_`. "
                             f"Got {given!r} instead.")
        from sklearn.base import clone

        method = self._method_of_voting(table)
        found = self._call("random-under", self._strategy(target), table, target, None, (), 0)
        self._targets(found, target)
        values, codes, seed = table.values(), target.labels.codes, seed_of(self.random_state) % 2**32
        rows, labels, sources = [], [], []
        for code, label in enumerate(target.labels.classes.tolist()):
            own = np.flatnonzero(codes == code)
            wanted = self.sampling_strategy_.get(label)
            if wanted is None:
                rows.append(values[own])
                sources.append(own)
                labels.append(codes[own])
                continue
            self.estimator_ = clone(given).set_params(n_clusters=wanted)
            if "random_state" in self.estimator_.get_params():
                self.estimator_.set_params(random_state=seed)
            self.estimator_.fit(values[own])
            if not hasattr(self.estimator_, "cluster_centers_"):
                raise RuntimeError("`estimator` should be a clustering estimator exposing a fitted parameter `cluster_centers_`.")
            centres = np.asarray(self.estimator_.cluster_centers_, dtype=values.dtype)
            nearest = own[[int(((values[own] - centre) ** 2).sum(axis=1).argmin()) for centre in centres]] if method == "hard" else None
            rows.append(centres if nearest is None else values[nearest])
            sources.append(np.full(len(centres), -1) if nearest is None else nearest)
            labels.append(np.full(len(centres), code, dtype=np.int32))
        source = np.concatenate(sources)
        return self._finish(table, target, np.concatenate(rows), np.concatenate(labels), source, source, np.full(source.shape[0], -1))

    def _method_of_voting(self, table: Table) -> str:
        voting = choice(self.voting, "voting", self, ("auto", "hard", "soft"))
        self.voting_ = ("hard" if table.kind == "sparse" else "soft") if voting == "auto" else voting
        return self.voting_
