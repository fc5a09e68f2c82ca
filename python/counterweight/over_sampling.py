"""Over-sampling under imbalanced-learn's names and parameters.

>>> import numpy as np
>>> from counterweight.over_sampling import SMOTE
>>> X = np.random.default_rng(0).normal(size=(100, 3))
>>> y = np.array([0] * 90 + [1] * 10)
>>> rows, labels = SMOTE(random_state=0).fit_resample(X, y)
>>> rows.shape, int(labels.sum())
((180, 3), 90)

After ``fit_resample`` a sampler has

- ``sampling_strategy_``: the rows that each resampled class gains;
- ``sample_indices_``: for each row of the result the row of the input that it is a copy of, -1 for a made one;
- ``parents_``: the two rows of the input that a made row lies between, -1 where none.

``n_jobs`` is accepted and has no effect: the library uses all processors, or what ``counterweight.set_threads`` allows; results do not depend on it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _native
from ._arrays import seed_of
from ._resampling import Sampler, choice, neighbours, number, whole
from ._tables import Table, Target

__all__ = [
    "RandomOverSampler", "SMOTE", "SMOTENC", "SMOTEN", "BorderlineSMOTE", "SVMSMOTE", "KMeansSMOTE", "ADASYN", "ROSE", "SafeLevelSMOTE", "PolynomFitSMOTE",
    "ProWSyn", "LEE",
]


class RandomOverSampler(Sampler):
    """Draws rows of a class again, with replacement; with ``shrinkage`` a little noise makes them differ (smoothed bootstrap).

    Rows may hold anything, texts and missing values too, unless there is ``shrinkage``: a number, or a dict of a number per class.

    >>> from counterweight.over_sampling import RandomOverSampler
    >>> rows, labels = RandomOverSampler(random_state=0).fit_resample([["a"], ["b"], ["c"]], ["x", "x", "y"])
    >>> rows[3], labels
    (['c'], ['x', 'x', 'y', 'y'])
    """

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, shrinkage: Any = None):
        self.sampling_strategy, self.random_state, self.shrinkage = sampling_strategy, random_state, shrinkage

    def _more_tags(self) -> dict:
        return {"X_types": ["2darray", "string", "sparse", "dataframe"], "sample_indices": True, "allow_nan": True}

    def _resample(self, table: Table, target: Target) -> tuple:
        strategy, seed = self._strategy(target), seed_of(self.random_state)
        shrinkage = self.shrinkage
        for factor in shrinkage.values() if isinstance(shrinkage, dict) else [] if shrinkage is None else [shrinkage]:
            number(factor, "shrinkage", self, -float("inf"))
            if factor < 0:
                raise ValueError(f"The shrinkage factor needs to be >= 0. Got {factor} instead.")
        if shrinkage is None or (not isinstance(shrinkage, dict) and shrinkage == 0):
            found = self._call("random-over", strategy, table, target, None, (), seed)
            self._targets(found, target)
            self.shrinkage_ = None if shrinkage is None else dict.fromkeys(self.sampling_strategy_, 0)
            return self._give(found, table, target, None)
        if table.text_columns():
            raise ValueError("When shrinkage is not None, X needs to contain only numerical data to later generate a smoothed bootstrap sample.")
        found = self._call("random-over", strategy, table, target, None, (), seed)
        self._targets(found, target)
        names = target.labels.classes.tolist()
        if isinstance(shrinkage, dict):
            missing = [label for label in self.sampling_strategy_ if label not in shrinkage]
            if missing:
                raise ValueError(f"`shrinkage` should contain a shrinkage factor for each class that will be resampled. The missing classes are: {missing!r}")
            self.shrinkage_ = {label: number(shrinkage[label], "shrinkage", self) for label in self.sampling_strategy_}
        else:
            self.shrinkage_ = {label: float(shrinkage) for label in self.sampling_strategy_}
        values = table.values()
        # A class at a time, each with its own factor; the draws of a class do not depend on the others.
        parts = []
        for label, factor in self.shrinkage_.items():
            gained = self.sampling_strategy_[label]
            if gained == 0:
                continue
            code = names.index(label)
            one = self._call(f"random-over(shrinkage={factor!r})", f"{code}={int(target.labels.counts[code]) + gained}", table, target, values, (), seed)
            bases = one.copy(_native.BASES)[table.rows:] if factor > 0 else one.copy(_native.SOURCES)[table.rows:]
            rows = one.copy(_native.ROWS, values.dtype).reshape(-1, table.columns)[table.rows:] if factor > 0 else values[bases]
            parts.append((rows, bases, np.full(gained, code, dtype=np.int32)))
        rows = np.concatenate([values, *(p[0] for p in parts)])
        bases = np.concatenate([np.arange(table.rows), *(p[1] for p in parts)])
        codes = np.concatenate([target.labels.codes, *(p[2] for p in parts)])
        made = np.arange(rows.shape[0]) >= table.rows
        result = self._finish(table, target, rows, codes, np.where(made, -1, bases), bases, np.full(rows.shape[0], -1))
        self.sample_indices_ = bases
        return result

    _looks = False


class SMOTE(Sampler):
    """New rows on the segments between a row and its nearest rows of the same class (Chawla, Bowyer, Hall and Kegelmeyer, 2002).

    ``k_neighbors`` is a number, or a nearest neighbours estimator whose ``n_neighbors`` counts the row itself.

    >>> import numpy as np
    >>> from counterweight.over_sampling import SMOTE
    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> sampler = SMOTE(random_state=1, k_neighbors=3)
    >>> rows, labels = sampler.fit_resample(X, [0] * 40 + [1] * 10)
    >>> (a, b), x = sampler.parents_[-1], rows[-1]
    >>> bool(np.all((x >= np.minimum(X[a], X[b])) & (x <= np.maximum(X[a], X[b]))))
    True
    """

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, k_neighbors: Any = 5, n_jobs: Any = None):
        self.sampling_strategy, self.random_state, self.k_neighbors, self.n_jobs = sampling_strategy, random_state, k_neighbors, n_jobs

    def _method(self, table: Table, target: Target) -> str:
        return f"smote(k={neighbours(self.k_neighbors, 'k_neighbors', self, 1)})"


class SMOTENC(SMOTE):
    """SMOTE for numeric and categorical columns: a made row takes a category that most of its neighbours have (Chawla and others, 2002, section 6.1).

    ``categorical_features``: places or names of the columns, a mask, or ``"auto"`` for the columns of a frame that hold categories or texts.

    >>> import numpy as np
    >>> from counterweight.over_sampling import SMOTENC
    >>> X = [[i / 10, "abc"[i % 3]] for i in range(30)]
    >>> rows, labels = SMOTENC(categorical_features=[1], random_state=0).fit_resample(X, [0] * 20 + [1] * 10)
    >>> len(rows), rows[-1][1] in "abc"
    (40, True)
    """

    def __init__(self, categorical_features: Any = "auto", *, sampling_strategy: Any = "auto", random_state: Any = None, k_neighbors: Any = 5,
                 n_jobs: Any = None):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors, n_jobs=n_jobs)
        self.categorical_features = categorical_features

    def _more_tags(self) -> dict:
        return {"X_types": ["2darray", "dataframe", "string"], "sample_indices": True, "allow_nan": False}

    def _categories(self, table: Table) -> list:  # type: ignore[override]
        given = self.categorical_features
        if isinstance(given, str) and given == "auto":
            found = table.text_columns()
        else:
            array = np.asarray(given)
            if array.ndim != 1:
                raise ValueError(f"The 'categorical_features' parameter of SMOTENC must be a list of columns or a mask. Got {given!r} instead.")
            if array.dtype.kind == "b":
                if array.shape[0] != table.columns:
                    raise ValueError(f"The mask categorical_features has {array.shape[0]} entries and there are {table.columns} columns.")
                found = np.flatnonzero(array).tolist()
            elif array.dtype.kind in "iu" and array.shape[0]:
                if (array < 0).any() or (array >= table.columns).any():
                    raise ValueError(f"Some of the categorical indices are out of range. Indices should be between 0 and {table.columns - 1}")
                found = sorted(set(array.tolist()))
            else:
                missing = [name for name in array.tolist() if not table.names or name not in table.names]
                if missing:
                    raise ValueError(f"categorical_features names {missing}, which are no columns.")
                found = [table.names.index(name) for name in array.tolist()] if table.names else []
        if len(found) == table.columns:
            raise ValueError("SMOTE-NC is not designed to work only with categorical features. It requires some numerical features.")
        if not found:
            raise ValueError("SMOTE-NC is not designed to work only with numerical features. It requires some categorical features.")
        self.categorical_features_ = np.asarray(found)
        self.continuous_features_ = np.setdiff1d(np.arange(table.columns), found)
        return found

    def _method(self, table: Table, target: Target) -> str:
        return f"smote-nc(k={neighbours(self.k_neighbors, 'k_neighbors', self, 1)})"


class SMOTEN(SMOTE):
    """SMOTE for categorical columns only, by the value difference metric: a made row has the categories that most of its neighbours have.

    >>> from counterweight.over_sampling import SMOTEN
    >>> X = [["abc"[i % 3], "xy"[i % 2]] for i in range(30)]
    >>> rows, labels = SMOTEN(random_state=0).fit_resample(X, [0] * 20 + [1] * 10)
    >>> labels.count(1)
    20
    """

    def _more_tags(self) -> dict:
        return {"X_types": ["2darray", "dataframe", "string"], "sample_indices": True, "allow_nan": False}

    def _categories(self, table: Table) -> list:  # type: ignore[override]
        return list(range(table.columns))

    def _method(self, table: Table, target: Target) -> str:
        return f"smoten(k={neighbours(self.k_neighbors, 'k_neighbors', self, 1)})"


class BorderlineSMOTE(SMOTE):
    """SMOTE from the rows near the border (Han, Wang and Mao, 2005); ``kind="borderline-2"`` goes part of the way towards other classes, too.

    >>> from counterweight.over_sampling import BorderlineSMOTE
    >>> BorderlineSMOTE(kind="borderline-2").kind
    'borderline-2'
    """

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, k_neighbors: Any = 5, n_jobs: Any = None, m_neighbors: Any = 10,
                 kind: str = "borderline-1"):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors, n_jobs=n_jobs)
        self.m_neighbors, self.kind = m_neighbors, kind

    def _method(self, table: Table, target: Target) -> str:
        kind = choice(self.kind, "kind", self, ("borderline-1", "borderline-2"))
        k, m = neighbours(self.k_neighbors, "k_neighbors", self, 1), neighbours(self.m_neighbors, "m_neighbors", self, 1)
        return f"borderline-smote{'-2' if kind == 'borderline-2' else ''}(k={k}, m={m})"


class SVMSMOTE(SMOTE):
    """SMOTE from the support vectors of the class, outwards where the class is safe (Nguyen, Cooper and Kamei, 2011).

    ``svm_estimator``: an ``SVC`` with its default kernel, of which ``C`` is taken.

    >>> from counterweight.over_sampling import SVMSMOTE
    >>> SVMSMOTE(out_step=0.3).out_step
    0.3
    """

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, k_neighbors: Any = 5, n_jobs: Any = None, m_neighbors: Any = 10,
                 svm_estimator: Any = None, out_step: float = 0.5):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors, n_jobs=n_jobs)
        self.m_neighbors, self.svm_estimator, self.out_step = m_neighbors, svm_estimator, out_step

    def _method(self, table: Table, target: Target) -> str:
        cost = 1.0
        if self.svm_estimator is not None:
            params = self.svm_estimator.get_params() if hasattr(self.svm_estimator, "get_params") else None
            if params is None or "kernel" not in params:
                raise RuntimeError("`svm_estimator` is required to exposed a `support_` fitted attribute. Such estimator belongs to the family of Support "
                                   f"Vector Machines: an SVC. Got {self.svm_estimator!r} instead.")
            if "C" not in params or params.get("kernel") != "rbf" or params.get("gamma") != "scale":
                raise ValueError(f"The 'svm_estimator' parameter of SVMSMOTE must be an SVC with kernel='rbf' and gamma='scale'. Got {self.svm_estimator!r} "
                                 "instead.")
            cost = number(params["C"], "svm_estimator", self)
        k, m = neighbours(self.k_neighbors, "k_neighbors", self, 1), neighbours(self.m_neighbors, "m_neighbors", self, 1)
        return f"svm-smote(k={k}, m={m}, out={number(self.out_step, 'out_step', self)!r}, cost={cost!r})"


class KMeansSMOTE(SMOTE):
    """SMOTE within the clusters in which the class is frequent, with more rows where it is sparse (Douzas, Bacao and Last, 2018).

    ``kmeans_estimator``: the number of clusters (8), or a k-means estimator, of which ``n_clusters`` is taken. ``cluster_balance_threshold="auto"`` is the
    share of the class in all rows, which some cluster always reaches.

    >>> from counterweight.over_sampling import KMeansSMOTE
    >>> KMeansSMOTE(kmeans_estimator=3).kmeans_estimator
    3
    """

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, k_neighbors: Any = 2, n_jobs: Any = None, kmeans_estimator: Any = None,
                 cluster_balance_threshold: Any = "auto", density_exponent: Any = "auto"):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors, n_jobs=n_jobs)
        self.kmeans_estimator = kmeans_estimator
        self.cluster_balance_threshold, self.density_exponent = cluster_balance_threshold, density_exponent

    def _method(self, table: Table, target: Target) -> str:
        clusters: Any = 8 if self.kmeans_estimator is None else self.kmeans_estimator
        if hasattr(clusters, "n_clusters"):
            clusters = clusters.n_clusters
        clusters = min(whole(clusters, "kmeans_estimator", self), table.rows)
        share = 0.0 if self.cluster_balance_threshold == "auto" else number(self.cluster_balance_threshold, "cluster_balance_threshold", self, 0, 1)
        power = 0.0 if self.density_exponent == "auto" else number(self.density_exponent, "density_exponent", self)
        k = neighbours(self.k_neighbors, "k_neighbors", self, 1)
        return f"kmeans-smote(k={k}, clusters={clusters}, threshold={share!r}, exponent={power!r})"


class ADASYN(Sampler):
    """SMOTE with more rows where other classes are near (He, Bai, Garcia and Li, 2008).

    >>> from counterweight.over_sampling import ADASYN
    >>> ADASYN(n_neighbors=3).n_neighbors
    3
    """

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, n_neighbors: Any = 5, n_jobs: Any = None):
        self.sampling_strategy, self.random_state, self.n_neighbors, self.n_jobs = sampling_strategy, random_state, n_neighbors, n_jobs

    def _method(self, table: Table, target: Target) -> str:
        return f"adasyn(k={neighbours(self.n_neighbors, 'n_neighbors', self, 1)})"


class ROSE(Sampler):
    """Draws rows from a Gaussian kernel estimate of the class (Menardi and Torelli, 2014).

    >>> from counterweight.over_sampling import ROSE
    >>> ROSE(shrinkage=0.5).shrinkage
    0.5
    """

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, shrinkage: float = 1.0):
        self.sampling_strategy, self.random_state, self.shrinkage = sampling_strategy, random_state, shrinkage

    def _method(self, table: Table, target: Target) -> str:
        return f"rose(shrinkage={number(self.shrinkage, 'shrinkage', self)!r})"


class SafeLevelSMOTE(SMOTE):
    """SMOTE that stays near the end of the segment that its own class surrounds (Bunkhumpornpat, Sinapiromsaran and Lursinsap, 2009).

    >>> from counterweight.over_sampling import SafeLevelSMOTE
    >>> SafeLevelSMOTE(k_neighbors=3).k_neighbors
    3
    """

    def _method(self, table: Table, target: Target) -> str:
        return f"safe-level-smote(k={neighbours(self.k_neighbors, 'k_neighbors', self, 1)})"


class PolynomFitSMOTE(Sampler):
    """New rows at even distances on lines that connect the class, or on a polynomial fitted to it (Gazzah and Essoukri Ben Amara, 2008).

    >>> from counterweight.over_sampling import PolynomFitSMOTE
    >>> PolynomFitSMOTE(topology="bus").topology
    'bus'
    """

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, topology: str = "star", degree: int = 2):
        self.sampling_strategy, self.random_state, self.topology, self.degree = sampling_strategy, random_state, topology, degree

    def _method(self, table: Table, target: Target) -> str:
        topology = choice(self.topology, "topology", self, ("star", "bus", "mesh", "curve"))
        return f"polynom-fit-smote(topology={topology}, degree={whole(self.degree, 'degree', self)})"


class ProWSyn(Sampler):
    """More new rows where the class is near other classes, by levels of proximity (Barua, Islam and Murase, 2013).

    >>> from counterweight.over_sampling import ProWSyn
    >>> ProWSyn(levels=3).levels
    3
    """

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, n_neighbors: Any = 5, levels: int = 5, theta: float = 1.0):
        self.sampling_strategy, self.random_state = sampling_strategy, random_state
        self.n_neighbors, self.levels, self.theta = n_neighbors, levels, theta

    def _method(self, table: Table, target: Target) -> str:
        k, levels = neighbours(self.n_neighbors, "n_neighbors", self, 1), whole(self.levels, "levels", self)
        return f"prowsyn(k={k}, levels={levels}, theta={number(self.theta, 'theta', self)!r})"


class LEE(SMOTE):
    """SMOTE that throws away new rows which land among other classes (Lee, Kim and Lee, 2015).

    >>> from counterweight.over_sampling import LEE
    >>> LEE(rejection=0.4).rejection
    0.4
    """

    def __init__(self, *, sampling_strategy: Any = "auto", random_state: Any = None, k_neighbors: Any = 5, n_jobs: Any = None, rejection: float = 0.5):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors, n_jobs=n_jobs)
        self.rejection = rejection

    def _method(self, table: Table, target: Target) -> str:
        k = neighbours(self.k_neighbors, "k_neighbors", self, 1)
        return f"lee(k={k}, rejection={number(self.rejection, 'rejection', self, 0, 1)!r})"
