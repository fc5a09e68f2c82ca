"""The program that ``counterweight.compare`` starts for every fit: an estimator of scikit-learn under the trainer contract."""

from __future__ import annotations

import inspect
import pickle
import sys
import time
from typing import Any

import numpy as np

from .job import Job


def _pick(X: Any, rows: np.ndarray) -> Any:
    if hasattr(X, "iloc"):
        return X.iloc[rows]
    return X[rows]


def _weight_argument(estimator: Any) -> str | None:
    """The name under which ``fit`` takes weights of rows; of a pipeline that of its last step."""
    if hasattr(estimator, "steps"):
        name, last = estimator.steps[-1]
        inner = _weight_argument(last) if last is not None and last != "passthrough" else None
        return f"{name}__{inner}" if inner else None
    parameters = inspect.signature(estimator.fit).parameters
    return "sample_weight" if "sample_weight" in parameters else None


def _seeded(estimator: Any, seed: int) -> Any:
    """A clone whose random states are set, in order, from the seed."""
    from sklearn.base import clone

    own = clone(estimator)
    states = sorted(name for name in own.get_params(deep=True) if name == "random_state" or name.endswith("__random_state"))
    if states:
        own.set_params(**{name: (seed + i) % 2**32 for i, name in enumerate(states)})
    return own


def _scores(estimator: Any, X: Any, classes: int) -> tuple[np.ndarray, str]:
    known = np.asarray(estimator.classes_, dtype=np.int64)
    if hasattr(estimator, "predict_proba"):
        scores = np.zeros((len(X) if not hasattr(X, "shape") else X.shape[0], classes))
        scores[:, known] = estimator.predict_proba(X)
        return scores, "probabilities"
    margin = np.asarray(estimator.decision_function(X), dtype=np.float64)
    if margin.ndim == 1:
        margin = np.stack([np.zeros_like(margin), margin], axis=1)
    scores = np.full((margin.shape[0], classes), -745.0)
    scores[:, known] = margin
    return scores, "logits"


def main(path: str) -> None:
    """One fit."""
    job = Job.load()
    with open(path, "rb") as file:
        given = pickle.load(file)
    estimator, X = given["estimator"], given["X"]
    places = {label: code for code, label in enumerate(job.labels)}
    missing = [label for label in given["labels"] if label not in places]
    if missing and len(missing) == len(given["labels"]):
        raise ValueError(f"The labels of the job are {job.labels}, those of y {given['labels']}.")
    codes = np.array([places.get(label, -1) for label in given["labels"]], dtype=np.int64)[given["codes"]]
    if job.loss is not None:
        job.refuse(f"{type(estimator).__name__} has its own loss and cannot take {job.loss.get('name')!r}")
    if job.synthetic is not None:
        job.refuse(f"made rows come as a file of columns, which compare does not feed to {type(estimator).__name__}; put a resampler of "
                   "counterweight.over_sampling into an imblearn pipeline instead")
    rows, weights = job.train, job.row_weights
    if weights is None and job.class_weights is not None:
        weights = job.class_weights[codes[rows]]
    sampler = job.sampler()
    if sampler is not None:
        places_drawn = np.asarray(sampler.indices(0))
        rows = rows[places_drawn]
        weights = None if weights is None else weights[places_drawn]
    arguments = {}
    if weights is not None:
        name = _weight_argument(estimator)
        if name is None:
            job.refuse(f"{type(estimator).__name__}.fit takes no sample_weight")
        arguments[name] = weights
    own = _seeded(estimator, job.seed)
    begun = time.perf_counter()
    own.fit(_pick(X, rows), codes[rows], **arguments)
    scores, kind = _scores(own, _pick(X, job.scored), job.classes)
    job.report(scores, kind, seconds=time.perf_counter() - begun)


if __name__ == "__main__":
    main(sys.argv[1])
