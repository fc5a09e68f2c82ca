"""Resamplers: frames, strategies, parents, pipelines, and rows that equal imbalanced-learn's where nothing is random."""

import warnings

import imblearn.under_sampling
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from conftest import SAMPLERS
from counterweight import combine, over_sampling, under_sampling

rng = np.random.default_rng(1)
X = rng.normal(size=(600, 4))
y = rng.choice(["bad", "good", "other"], p=[0.15, 0.55, 0.3], size=600)
X[y == "bad", 0] += 1.0
OVER = [c for c in SAMPLERS if c._sampling_type == "over-sampling"]


def made(cls):
    sampler = cls()
    if "random_state" in sampler.get_params():
        sampler.set_params(random_state=0)
    return sampler.set_params(categorical_features=[3]) if cls.__name__ == "SMOTENC" else sampler


def coarse(cls):
    return np.round(X) if cls.__name__ in ("SMOTENC", "SMOTEN") else X


@pytest.mark.parametrize("cls", SAMPLERS)
def test_sources_and_parents(cls):
    rows = coarse(cls)
    sampler = made(cls)
    out, labels = sampler.fit_resample(rows, y)
    sources, parents = sampler.sample_indices_, sampler.parents_
    assert out.shape[0] == labels.shape[0] == sources.shape[0] and parents.shape == (out.shape[0], 2)
    copies = sources >= 0
    np.testing.assert_array_equal(out[copies], rows[sources[copies]])
    np.testing.assert_array_equal(labels[copies], y[sources[copies]])
    assert (parents[copies] == -1).all()
    between = (parents >= 0).all(axis=1)
    a, b, x = rows[parents[between, 0]], rows[parents[between, 1]], out[between]
    if cls.__name__ in ("SMOTE", "BorderlineSMOTE", "KMeansSMOTE", "ADASYN", "SafeLevelSMOTE", "LEE", "SMOTEENN", "SMOTETomek"):
        assert between.sum() == (~copies).sum() > 0
        assert ((x >= np.minimum(a, b) - 1e-9) & (x <= np.maximum(a, b) + 1e-9)).all()
        np.testing.assert_array_equal(y[parents[between, 0]], labels[between])
    if cls in OVER and cls.__module__.endswith("over_sampling"):
        np.testing.assert_array_equal(out[:600], rows)


@pytest.mark.parametrize("cls", SAMPLERS)
def test_the_same_seed_gives_the_same_rows(cls):
    sampler = made(cls)
    first = sampler.fit_resample(coarse(cls), y)
    again = clone(sampler).fit_resample(coarse(cls), y)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])


@pytest.mark.parametrize("cls", SAMPLERS)
def test_frames_come_back_as_they_went_in(cls):
    rows = coarse(cls)
    frame = pd.DataFrame({"a": rows[:, 0], "b": rows[:, 1].astype(np.float32), "c": np.rint(rows[:, 2] * 5).astype(np.int64), "d": np.rint(rows[:, 3] * 3)})
    frame["d"] = frame["d"].astype("category") if cls.__name__ in ("SMOTENC", "SMOTEN", "RandomOverSampler", "RandomUnderSampler") else frame["d"]
    target = pd.Series(y, name="class").astype("category")
    out, labels = made(cls).fit_resample(frame, target)
    assert isinstance(out, pd.DataFrame) and (out.dtypes == frame.dtypes).all() and list(out.columns) == list(frame.columns)
    assert isinstance(labels, pd.Series) and labels.dtype == target.dtype and labels.name == "class"
    assert len(out) == len(labels)
    sampler = made(cls)
    out, _ = sampler.fit_resample(frame, target)
    copies = sampler.sample_indices_ >= 0
    pd.testing.assert_frame_equal(out[copies].reset_index(drop=True), frame.iloc[sampler.sample_indices_[copies]].reset_index(drop=True))


def test_selected_rows_keep_their_index():
    frame = pd.DataFrame(X, index=[f"row{i}" for i in range(600)])
    sampler = under_sampling.RandomUnderSampler(random_state=0)
    out, labels = sampler.fit_resample(frame, pd.Series(y, index=frame.index))
    assert list(out.index) == [f"row{i}" for i in sampler.sample_indices_] == list(labels.index)


class Column:
    """As much of a polars series as is used."""

    def __init__(self, name, values=None, dtype=None):
        self.name, self.values = name, np.asarray(values)
        self.dtype = dtype or {"f": "Float64", "i": "Int64", "U": "String", "O": "String", "b": "Boolean"}[self.values.dtype.kind]

    def to_numpy(self):
        return self.values

    def __getitem__(self, rows):
        return Column(self.name, self.values[rows])

    def cast(self, dtype):
        return Column(self.name, self.values.astype({"Float64": float, "Int64": int, "String": object, "Boolean": bool}[dtype]))


class Frame:
    """As much of a polars frame as is used."""

    def __init__(self, columns):
        self.own = columns
        self.columns, self.shape = [c.name for c in columns], (len(columns[0].values), len(columns))

    def __getitem__(self, at):
        return self.own[at[1]] if isinstance(at, tuple) else Frame([c[at] for c in self.own])


Column.__module__ = Frame.__module__ = "polars.stand_in"


def test_polars_frames():
    frame = Frame([Column("a", X[:, 0]), Column("n", np.rint(X[:, 1] * 4).astype(int)), Column("t", np.array(["u", "v"])[(X[:, 2] > 0).astype(int)])])
    out, labels = over_sampling.SMOTENC(random_state=0).fit_resample(frame, Column("y", y))
    assert isinstance(out, Frame) and out.columns == ["a", "n", "t"] and [c.dtype for c in out.own] == ["Float64", "Int64", "String"]
    assert isinstance(labels, Column) and set(out.own[2].values) == {"u", "v"}
    kept, _ = under_sampling.RandomUnderSampler(random_state=0).fit_resample(frame, Column("y", y))
    assert isinstance(kept, Frame) and kept.shape[0] == 3 * (y == "bad").sum()


@pytest.mark.parametrize("strategy,expected", [
    ("auto", {"bad": 0, "other": 0}), ("minority", {"bad": 0}), ("not minority", {"good": 0, "other": 0}), ("not majority", {"bad": 0, "other": 0}),
    ("all", {"bad": 0, "good": 0, "other": 0}),
])
def test_words(strategy, expected):
    sampler = over_sampling.SMOTE(sampling_strategy=strategy, random_state=0)
    _, labels = sampler.fit_resample(X, y)
    largest = (y == "good").sum()
    assert sampler.sampling_strategy_ == {label: largest - (y == label).sum() for label in expected}
    for label in expected:
        assert (labels == label).sum() == largest


def test_dicts_lists_ratios_and_functions():
    sampler = over_sampling.SMOTE(sampling_strategy={"bad": 200}, random_state=0)
    assert (sampler.fit_resample(X, y)[1] == "bad").sum() == 200
    sampler = over_sampling.SMOTE(sampling_strategy=lambda labels: {"bad": int((labels == "other").sum())}, random_state=0)
    assert (sampler.fit_resample(X, y)[1] == "bad").sum() == (y == "other").sum()
    two = y != "bad"
    ratio = under_sampling.RandomUnderSampler(sampling_strategy=0.8, random_state=0).fit_resample(X[two], y[two])[1]
    assert (ratio == "good").sum() == int((y == "other").sum() / 0.8)
    cleaned = under_sampling.EditedNearestNeighbours(sampling_strategy=["good"]).fit_resample(X, y)[1]
    assert (cleaned == "other").sum() == (y == "other").sum() and (cleaned == "good").sum() < (y == "good").sum()
    assert over_sampling.SMOTE(sampling_strategy={}, random_state=0).fit_resample(X, y)[0].shape == X.shape
    for cls, wrong in [(over_sampling.SMOTE, "majority"), (under_sampling.TomekLinks, "minority"), (over_sampling.SMOTE, "nonsense"), (over_sampling.SMOTE, 1.5),
                       (over_sampling.SMOTE, {"bad": 1}), (over_sampling.SMOTE, {"no": 10}), (over_sampling.SMOTE, ["bad"]), (over_sampling.SMOTE, {"bad": -1}),
                       (under_sampling.TomekLinks, {"bad": 5}), (under_sampling.TomekLinks, 0.5), (under_sampling.TomekLinks, ["no"]), (over_sampling.SMOTE, None),
                       (over_sampling.SMOTE, 0.5), (under_sampling.RandomUnderSampler, {"good": 10**6}), (over_sampling.SMOTE, {"bad": 99.5})]:
        with pytest.raises(ValueError):
            cls(sampling_strategy=wrong).fit_resample(X, y)


@pytest.mark.parametrize("name,named", [
    ("TomekLinks", {}), ("TomekLinks", {"sampling_strategy": "all"}), ("EditedNearestNeighbours", {}), ("EditedNearestNeighbours", {"kind_sel": "mode"}),
    ("EditedNearestNeighbours", {"n_neighbors": 5, "sampling_strategy": "all"}), ("RepeatedEditedNearestNeighbours", {}), ("AllKNN", {}),
    ("AllKNN", {"kind_sel": "mode", "allow_minority": True}), ("NearMiss", {}), ("NearMiss", {"version": 2}), ("NearMiss", {"version": 3}),
])
def test_rows_equal_imbalanced_learns(name, named):
    theirs, ours = getattr(imblearn.under_sampling, name)(**named), getattr(under_sampling, name)(**named)
    theirs.fit_resample(X, y)
    ours.fit_resample(X, y)
    if name == "NearMiss":
        # Both take the same rows; rows of a class at the same mean distance may come in another order.
        np.testing.assert_array_equal(np.sort(ours.sample_indices_), np.sort(theirs.sample_indices_))
    else:
        np.testing.assert_array_equal(ours.sample_indices_, theirs.sample_indices_)


def test_neighbours_as_estimators():
    a = over_sampling.SMOTE(k_neighbors=NearestNeighbors(n_neighbors=4), random_state=0).fit_resample(X, y)[0]
    np.testing.assert_array_equal(a, over_sampling.SMOTE(k_neighbors=3, random_state=0).fit_resample(X, y)[0])
    for wrong in (NearestNeighbors(metric="manhattan"), NearestNeighbors(p=1), 0, -1, 2.5, "five", True, object()):
        with pytest.raises(ValueError, match="k_neighbors"):
            over_sampling.SMOTE(k_neighbors=wrong).fit_resample(X, y)


def test_seeds():
    a = over_sampling.SMOTE(random_state=np.random.RandomState(3)).fit_resample(X, y)[0]
    np.testing.assert_array_equal(a, over_sampling.SMOTE(random_state=np.random.RandomState(3)).fit_resample(X, y)[0])
    np.random.seed(4)
    b = over_sampling.SMOTE().fit_resample(X, y)[0]
    np.random.seed(4)
    np.testing.assert_array_equal(b, over_sampling.SMOTE().fit_resample(X, y)[0])
    with pytest.raises(ValueError):
        over_sampling.SMOTE(random_state="seven").fit_resample(X, y)


def test_in_a_pipeline_of_imbalanced_learn():
    from imblearn.pipeline import make_pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(StandardScaler(), over_sampling.SMOTE(random_state=0), under_sampling.TomekLinks(), LogisticRegression())
    assert cross_val_score(pipeline, X, y, scoring="balanced_accuracy", cv=3).mean() > 0.4
    search = GridSearchCV(pipeline, {"smote__k_neighbors": [2, 5]}, cv=3, n_jobs=2)
    assert search.fit(X, y).best_params_["smote__k_neighbors"] in (2, 5)


def test_combined_with_steps_of_ones_own():
    sampler = combine.SMOTEENN(smote=over_sampling.BorderlineSMOTE(random_state=1), enn=under_sampling.EditedNearestNeighbours(kind_sel="mode"), random_state=0)
    out, labels = sampler.fit_resample(X, y)
    copies = sampler.sample_indices_ >= 0
    np.testing.assert_array_equal(out[copies], X[sampler.sample_indices_[copies]])
    assert (sampler.parents_[~copies, 0] >= 0).all()
    assert isinstance(sampler.smote_, over_sampling.BorderlineSMOTE)
    direct = combine.SMOTEENN(random_state=0).fit_resample(X, y)[0]
    rows, codes = over_sampling.SMOTE(random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(direct, under_sampling.EditedNearestNeighbours(sampling_strategy="all").fit_resample(rows, codes)[0][
        np.argsort(_order(rows, codes), kind="stable")])


def _order(rows, codes):
    """The rows that the cleaning keeps, in its order."""
    sampler = under_sampling.EditedNearestNeighbours(sampling_strategy="all")
    sampler.fit_resample(rows, codes)
    return sampler.sample_indices_


def test_estimators_of_ones_own():
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.linear_model import LogisticRegression

    hard = under_sampling.ClusterCentroids(estimator=MiniBatchKMeans(n_init=1), voting="hard", random_state=0)
    out, labels = hard.fit_resample(X, y)
    assert (hard.sample_indices_ >= 0).all() and (labels == "good").sum() == (y == "bad").sum()
    np.testing.assert_array_equal(out, X[hard.sample_indices_])
    hardness = under_sampling.InstanceHardnessThreshold(estimator=LogisticRegression(), random_state=0)
    _, labels = hardness.fit_resample(X, y)
    assert abs((labels == "good").sum() - (y == "bad").sum()) < 5


def test_smoothed_bootstrap_per_class():
    sampler = over_sampling.RandomOverSampler(random_state=0, shrinkage={"bad": 0.5, "other": 0})
    out, labels = sampler.fit_resample(X, y)
    new = np.arange(len(out)) >= 600
    assert sampler.shrinkage_ == {"bad": 0.5, "other": 0.0}
    for label, copied in (("bad", False), ("other", True)):
        rows = np.flatnonzero(new & (labels == label))
        assert (y[sampler.sample_indices_[rows]] == label).all()
        assert (out[rows] == X[sampler.sample_indices_[rows]]).all() == copied
    with pytest.raises(ValueError, match="missing classes"):
        over_sampling.RandomOverSampler(shrinkage={"bad": 1}).fit_resample(X, y)


def test_one_versus_all_labels_and_lists():
    matrix = (y[:, None] == np.array(["bad", "good", "other"])).astype(int)
    _, out = over_sampling.SMOTE(random_state=0).fit_resample(X, matrix)
    assert out.shape[1] == 3 and (out.sum(axis=1) == 1).all()
    rows, labels = under_sampling.RandomUnderSampler(random_state=0).fit_resample(X.tolist(), y.tolist())
    assert isinstance(rows, list) and isinstance(labels, list)


def test_sparse_rows():
    from scipy import sparse

    for kind in (sparse.csr_matrix, sparse.csc_matrix, sparse.coo_matrix):
        out, _ = over_sampling.SMOTE(random_state=0).fit_resample(kind(X), y)
        assert out.format == kind(X).format
        np.testing.assert_allclose(out.toarray(), over_sampling.SMOTE(random_state=0).fit_resample(X, y)[0])
        kept, _ = under_sampling.RandomUnderSampler(random_state=0).fit_resample(kind(X), y)
        assert kept.format == kind(X).format


def test_jobs_have_no_effect_and_say_so():
    with pytest.warns(FutureWarning, match="no effect"):
        over_sampling.SMOTE(n_jobs=2, random_state=0).fit_resample(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        over_sampling.SMOTE(random_state=0).fit_resample(X, y)
