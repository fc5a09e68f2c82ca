"""Metrics under scikit-learn's and imbalanced-learn's names and parameters, where they are faster here, and intervals for any metric.

>>> from counterweight import metrics
>>> metrics.roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
0.75
"""

from __future__ import annotations

import ctypes
import warnings
from typing import Any, NamedTuple

import numpy as np

from . import _native
from ._arrays import Labels, encode, floats, into, matrix, plain, positive_code
from ._weights import _word

__all__ = [
    "roc_auc_score", "average_precision_score", "balanced_accuracy_score", "f1_score", "matthews_corrcoef", "geometric_mean_score", "confusion_matrix",
    "bootstrap_interval", "delong", "MetricInterval", "AucDifference",
]


class MetricInterval(NamedTuple):
    """A value with a confidence interval."""

    estimate: float
    low: float
    high: float
    standard_error: float
    level: float


class AucDifference(NamedTuple):
    """Two areas under ROC curves of the same rows, and their difference (second less first) with DeLong's interval and test."""

    first: float
    second: float
    difference: MetricInterval
    z: float
    p_value: float


def _evaluate(name: str, codes: np.ndarray, classes: int, scores: np.ndarray, weights: np.ndarray | None, positive: int = 1) -> float:
    room = ctypes.c_double()
    columns = 1 if scores.ndim == 1 else scores.shape[1]
    _native.call("cw_metric", name.encode(), codes.ctypes.data, codes.shape[0], classes, None, scores.ctypes.data, columns, 0, _native.pointer(weights),
                 positive, ctypes.addressof(room))
    return room.value


def _same_rows(codes: np.ndarray, scores: np.ndarray, name: str) -> None:
    if codes.shape[0] != scores.shape[0]:
        raise ValueError(f"y_true has {codes.shape[0]} rows and {name} {scores.shape[0]}.")
    if codes.shape[0] == 0:
        raise ValueError("There are no rows.")


def _is_indicator(array: np.ndarray) -> bool:
    return array.ndim == 2 and array.shape[1] > 1


def _binary(labels: Labels, name: str) -> Labels:
    """Labels with two classes; a single class of 0 and 1 or -1 and 1 has the other without rows."""
    if labels.classes.shape[0] == 1 and labels.classes[0] in (0, 1):
        return labels._replace(classes=np.array([0, 1], dtype=labels.classes.dtype), codes=labels.codes + np.int32(labels.classes[0]))
    if labels.classes.shape[0] != 2:
        raise ValueError(f"{name} is for two classes; y_true has {labels.classes.shape[0]}.")
    return labels


def _mean(values: np.ndarray, positives: np.ndarray, average: str | None):
    if average is None:
        return values
    return float(values.mean()) if average == "macro" else float(np.average(values, weights=positives)) if positives.sum() > 0 else 0.0


def roc_auc_score(y_true: Any, y_score: Any, *, average: str | None = "macro", sample_weight: Any = None, max_fpr: float | None = None,
                  multi_class: str = "raise", labels: Any = None) -> float:
    """The area under the ROC curve, as ``sklearn.metrics.roc_auc_score``.

    Two classes; a matrix of 0 and 1 with several labels a row; or more classes with ``multi_class="ovr"`` or ``"ovo"`` and a column per class.

    >>> from counterweight.metrics import roc_auc_score
    >>> roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    truth = plain(y_true)
    scores = matrix(y_score, "y_score")
    weights = None if sample_weight is None else floats(sample_weight, "sample_weight", scores.shape[0])
    name = "roc-auc" if max_fpr is None or max_fpr == 1 else f"partial-roc-auc(max-fpr={float(max_fpr)!r})"
    if _is_indicator(truth):
        return _by_label(name, truth, scores, weights, average)
    coded = encode(truth, "y_true")
    if labels is not None:
        classes = np.unique(plain(labels))
        coded = coded._replace(classes=classes, codes=into(coded, classes, "y_true"))
    if scores.ndim == 2 and scores.shape[1] == 1:
        scores = np.ascontiguousarray(scores[:, 0])
    if scores.ndim == 2 and scores.shape[1] == 2 and coded.classes.shape[0] == 2:
        scores = np.ascontiguousarray(scores[:, 1])
    if scores.ndim == 1:
        coded = _binary(coded, "ROC AUC with one score per row")
        _same_rows(coded.codes, scores, "y_score")
        return _evaluate(name, coded.codes, 2, scores, weights)
    if multi_class not in ("ovr", "ovo"):
        raise ValueError("multi_class must be in ('ovo', 'ovr')")
    _same_rows(coded.codes, scores, "y_score")
    if scores.shape[1] != coded.classes.shape[0]:
        raise ValueError(f"Number of classes in y_true not equal to the number of columns in 'y_score': {coded.classes.shape[0]} and {scores.shape[1]}.")
    if not np.allclose(scores.sum(axis=1), 1):
        raise ValueError("Target scores need to be probabilities for multiclass roc_auc, i.e. they should sum up to 1.0 over classes")
    if max_fpr is not None and max_fpr != 1:
        raise ValueError("Partial AUC computation not available in multiclass setting.")
    k = coded.classes.shape[0]
    if multi_class == "ovr" and average is None:
        return np.array([_evaluate("roc-auc", (coded.codes == c).astype(np.int32), 2, np.ascontiguousarray(scores[:, c]), weights) for c in range(k)])
    if average not in ("macro", "weighted"):
        raise ValueError(f"average is 'macro' or 'weighted' here; {average!r} is not.")
    if multi_class == "ovo":
        if sample_weight is not None:
            raise ValueError("sample_weight is not supported for multiclass one-vs-one ROC AUC, 'sample_weight' must be None in this case.")
        if average == "weighted":
            return _pairs(coded, scores)
        return _evaluate("roc-auc-ovo", coded.codes, k, scores, weights)
    return _evaluate("roc-auc" if average == "macro" else "roc-auc-weighted", coded.codes, k, scores, weights)


def _pairs(coded: Labels, scores: np.ndarray) -> float:
    """The areas of pairs of classes weighted by their share of the rows."""
    total = weight = 0.0
    for a in range(coded.classes.shape[0]):
        for b in range(a + 1, coded.classes.shape[0]):
            rows = np.flatnonzero((coded.codes == a) | (coded.codes == b))
            first = (coded.codes[rows] == a).astype(np.int32)
            areas = [_evaluate("roc-auc", first, 2, np.ascontiguousarray(scores[rows, a]), None),
                     _evaluate("roc-auc", 1 - first, 2, np.ascontiguousarray(scores[rows, b]), None)]
            total += rows.shape[0] * sum(areas) / 2
            weight += rows.shape[0]
    return total / weight


def _by_label(name: str, truth: np.ndarray, scores: np.ndarray, weights: np.ndarray | None, average: str | None):
    if scores.shape != truth.shape:
        raise ValueError(f"y_true has the shape {truth.shape} and the scores {scores.shape}; both must be rows by labels.")
    if not np.isin(truth, (0, 1)).all():
        raise ValueError("multilabel-indicator y_true must hold 0 and 1 only.")
    if average == "micro":
        every = None if weights is None else np.repeat(weights, truth.shape[1])
        return _evaluate(name, np.ascontiguousarray(truth.ravel(), dtype=np.int32), 2, np.ascontiguousarray(scores.ravel()), every)
    if average not in (None, "macro", "weighted"):
        raise ValueError(f"average is None, 'macro', 'weighted' or 'micro'; {average!r} is not.")
    columns = range(truth.shape[1])
    values = np.array([_evaluate(name, np.ascontiguousarray(truth[:, c], dtype=np.int32), 2, np.ascontiguousarray(scores[:, c]), weights) for c in columns])
    return _mean(values, (truth * (1 if weights is None else weights[:, None])).sum(axis=0), average)


def average_precision_score(y_true: Any, y_score: Any, *, average: str | None = "macro", pos_label: Any = 1, sample_weight: Any = None) -> float:
    """Average precision, as ``sklearn.metrics.average_precision_score``: the sum of the gains in recall times the precision there.

    >>> from counterweight.metrics import average_precision_score
    >>> round(average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    truth = plain(y_true)
    scores = matrix(y_score, "y_score")
    weights = None if sample_weight is None else floats(sample_weight, "sample_weight", scores.shape[0])
    if _is_indicator(truth):
        return _by_label("average-precision", truth, scores, weights, average)
    coded = encode(truth, "y_true")
    if scores.ndim == 2 and scores.shape[1] == 1:
        scores = np.ascontiguousarray(scores[:, 0])
    if scores.ndim == 1:
        coded = _binary(coded, "Average precision with one score per row")
        _same_rows(coded.codes, scores, "y_score")
        return _evaluate("average-precision", coded.codes, 2, scores, weights, positive_code(coded.classes, pos_label))
    _same_rows(coded.codes, scores, "y_score")
    k = coded.classes.shape[0]
    if scores.shape[1] != k:
        raise ValueError(f"y_score has {scores.shape[1]} columns and y_true {k} classes.")
    return _by_label("average-precision", np.eye(k, dtype=np.int8)[coded.codes], scores, weights, average)


def _pair(y_true: Any, y_pred: Any, labels: Any = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The classes and the codes of truth and prediction among them."""
    truth, predicted = encode(y_true, "y_true"), encode(y_pred, "y_pred")
    if truth.codes.shape[0] != predicted.codes.shape[0]:
        raise ValueError(f"Found input variables with inconsistent numbers of samples: y_true has {truth.codes.shape[0]} and y_pred "
                         f"{predicted.codes.shape[0]}.")
    if truth.codes.shape[0] == 0:
        raise ValueError("There are no rows.")
    if (truth.classes.dtype.kind in "biuf") != (predicted.classes.dtype.kind in "biuf"):
        raise ValueError(f"Labels in y_true and y_pred should be of the same type. Got y_true={truth.classes.tolist()} and y_pred="
                         f"{predicted.classes.tolist()}.")
    classes = np.union1d(truth.classes, predicted.classes)
    return classes, into(truth, classes, "y_true"), into(predicted, classes, "y_pred")


def _cells(truth: np.ndarray, predicted: np.ndarray, classes: int, weights: np.ndarray | None) -> np.ndarray:
    k = max(classes, 2)
    cells = np.empty((k, k))
    _native.call("cw_confusion", truth.ctypes.data, predicted.ctypes.data, truth.shape[0], k, _native.pointer(weights), cells.ctypes.data)
    return cells[:classes, :classes]


def _confusion(y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[np.ndarray, np.ndarray]:
    classes, truth, predicted = _pair(y_true, y_pred)
    weights = None if sample_weight is None else floats(sample_weight, "sample_weight", truth.shape[0])
    return classes, _cells(truth, predicted, classes.shape[0], weights)


def confusion_matrix(y_true: Any, y_pred: Any, *, labels: Any = None, sample_weight: Any = None, normalize: str | None = None) -> np.ndarray:
    """The confusion matrix, true class by predicted class, as ``sklearn.metrics.confusion_matrix``.

    >>> from counterweight.metrics import confusion_matrix
    >>> confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1]).tolist()
    [[1, 1], [0, 2]]
    """
    classes, cells = _confusion(y_true, y_pred, sample_weight)
    if labels is not None:
        wanted = plain(labels)
        if wanted.shape[0] == 0:
            raise ValueError("'labels' should contains at least one label.")
        places = [int(np.flatnonzero(classes == label)[0]) if (classes == label).any() else -1 for label in wanted.tolist()]
        if all(p < 0 for p in places):
            raise ValueError("At least one label specified must be in y_true")
        cells = np.array([[cells[i, j] if i >= 0 and j >= 0 else 0.0 for j in places] for i in places])
    if normalize is None:
        return cells.astype(np.int64) if sample_weight is None else cells
    if normalize not in ("true", "pred", "all"):
        raise ValueError("normalize must be one of {'true', 'pred', 'all', None}")
    with np.errstate(all="ignore"):
        total = cells.sum() if normalize == "all" else cells.sum(axis=1 if normalize == "true" else 0, keepdims=True)
        return np.nan_to_num(cells / total)


def balanced_accuracy_score(y_true: Any, y_pred: Any, *, sample_weight: Any = None, adjusted: bool = False) -> float:
    """The mean recall of the classes that occur, as ``sklearn.metrics.balanced_accuracy_score``.

    >>> from counterweight.metrics import balanced_accuracy_score
    >>> balanced_accuracy_score([0, 0, 1, 1], [0, 1, 1, 1])
    0.75
    """
    _, cells = _confusion(y_true, y_pred, sample_weight)
    rows = cells.sum(axis=1)
    recalls = np.diag(cells)[rows > 0] / rows[rows > 0]
    if recalls.shape[0] < cells.shape[0]:
        warnings.warn("y_pred contains classes not in y_true", stacklevel=2)
    if recalls.shape[0] == 0:
        return 0.0
    score = float(recalls.mean())
    if adjusted and recalls.shape[0] > 1:
        chance = 1 / recalls.shape[0]
        return (score - chance) / (1 - chance)
    return score


def f1_score(y_true: Any, y_pred: Any, *, labels: Any = None, pos_label: Any = 1, average: str | None = "binary", sample_weight: Any = None,
             zero_division: Any = "warn") -> float:
    """The harmonic mean of precision and recall, as ``sklearn.metrics.f1_score`` (one label per row).

    >>> from counterweight.metrics import f1_score
    >>> f1_score([0, 0, 1, 1], [0, 1, 1, 1])
    0.8
    """
    if average not in (None, "binary", "micro", "macro", "weighted"):
        raise ValueError(f"average has to be one of (None, 'micro', 'macro', 'weighted', 'binary'); {average!r} is not.")
    classes, cells = _confusion(y_true, y_pred, sample_weight)
    hits, truths, predictions = np.diag(cells), cells.sum(axis=1), cells.sum(axis=0)
    if average == "binary":
        if classes.shape[0] > 2:
            raise ValueError("Target is multiclass but average='binary'. Please choose another average setting, one of [None, 'micro', 'macro', 'weighted'].")
        if pos_label not in classes:
            if classes.shape[0] >= 2:
                raise ValueError(f"pos_label={pos_label!r} is not a valid label. It should be one of {classes.tolist()}")
            return _undefined(zero_division)
        labels = [pos_label]
    if labels is not None:
        wanted = plain(labels).tolist()
        places = [int(np.flatnonzero(classes == label)[0]) if (classes == label).any() else -1 for label in wanted]
        hits, truths, predictions = (np.array([values[p] if p >= 0 else 0.0 for p in places]) for values in (hits, truths, predictions))
    if average == "micro":
        hits, truths, predictions = (np.array([values.sum()]) for values in (hits, truths, predictions))
    with np.errstate(all="ignore"):
        values = 2 * hits / (truths + predictions)
    empty = truths + predictions == 0
    if empty.any():
        values[empty] = _undefined(zero_division)
    if average is None:
        return values
    if average == "weighted":
        return float(np.average(values, weights=truths)) if truths.sum() > 0 else _undefined(zero_division)
    return float(values.mean())


def _undefined(zero_division: Any) -> float:
    if zero_division == "warn":
        warnings.warn("F-score is ill-defined and being set to 0.0 due to no true nor predicted samples.", UserWarning, stacklevel=3)
        return 0.0
    return float(zero_division)


def matthews_corrcoef(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """The correlation of truth and prediction (Matthews, 1975; Gorodkin, 2004), as ``sklearn.metrics.matthews_corrcoef``.

    >>> from counterweight.metrics import matthews_corrcoef
    >>> round(matthews_corrcoef([0, 0, 1, 1], [0, 1, 1, 1]), 4)
    0.5774
    """
    _, cells = _confusion(y_true, y_pred, sample_weight)
    truths, predictions, total = cells.sum(axis=1), cells.sum(axis=0), cells.sum()
    covariance = np.trace(cells) * total - truths @ predictions
    spread = (total * total - predictions @ predictions) * (total * total - truths @ truths)
    return float(covariance / np.sqrt(spread)) if spread > 0 else 0.0


def geometric_mean_score(y_true: Any, y_pred: Any, *, labels: Any = None, pos_label: Any = 1, average: str | None = "multiclass",
                         sample_weight: Any = None, correction: float = 0.0) -> float:
    """The geometric mean of the recalls, as ``imblearn.metrics.geometric_mean_score``.

    With ``average`` other than ``"multiclass"``: the root of sensitivity times specificity, of the positive class (``"binary"``) or averaged.

    >>> from counterweight.metrics import geometric_mean_score
    >>> round(geometric_mean_score([0, 0, 1, 1], [0, 1, 1, 1]), 4)
    0.7071
    """
    if average not in (None, "binary", "micro", "macro", "weighted", "multiclass"):
        raise ValueError(f"average has to be one of (None, 'binary', 'micro', 'macro', 'weighted', 'multiclass'); {average!r} is not.")
    classes, cells = _confusion(y_true, y_pred, sample_weight)
    hits, truths, predictions, total = np.diag(cells), cells.sum(axis=1), cells.sum(axis=0), cells.sum()
    if average == "multiclass":
        if labels is not None:
            wanted = plain(labels).tolist()
            places = [int(np.flatnonzero(classes == label)[0]) for label in wanted if (classes == label).any()]
            if not places:
                raise ValueError("All labels should be in [0, n labels)")
            hits, truths = hits[places], truths[places]
        else:
            hits, truths = hits[truths > 0], truths[truths > 0]
        with np.errstate(all="ignore"):
            recalls = np.nan_to_num(hits / truths)
        recalls[recalls == 0] = correction
        with np.errstate(divide="ignore"):
            return float(np.exp(np.log(recalls).mean())) if (recalls > 0).all() else 0.0
    if average == "binary":
        if classes.shape[0] > 2:
            raise ValueError("Target is multiclass but average='binary'. Please choose another average setting.")
        if pos_label not in classes:
            raise ValueError(f"pos_label={pos_label!r} is not a valid label: {classes.tolist()}")
        labels = [pos_label]
    places = list(range(classes.shape[0]))
    if labels is not None:
        places = [int(np.flatnonzero(classes == label)[0]) for label in plain(labels).tolist() if (classes == label).any()]
    tp, fn, fp = hits[places], (truths - hits)[places], (predictions - hits)[places]
    tn = total - tp - fn - fp
    if average == "micro":
        tp, fn, fp, tn = (np.array([v.sum()]) for v in (tp, fn, fp, tn))
    with np.errstate(all="ignore"):
        sensitivity, specificity = np.nan_to_num(tp / (tp + fn)), np.nan_to_num(tn / (tn + fp))
    if average is None:
        return np.sqrt(sensitivity * specificity)
    shares = truths[places] if average == "weighted" else None
    if average == "weighted" and shares.sum() == 0:
        return 0.0
    return float(np.sqrt(np.average(sensitivity, weights=shares) * np.average(specificity, weights=shares)))


_KINDS = {"bca": 0, "percentile": 1, "basic": 2}
_NEED_PROBABILITIES = ("brier", "log-loss", "ece", "mce", "adaptive-ece", "class-wise-ece")
_NEED_SCORES = ("roc-auc", "average-precision", "partial-roc-auc", "h-measure", "lift", "gain", "cost-curve-area", "top-k", *_NEED_PROBABILITIES)
_NAMES = {
    "roc_auc": "roc-auc", "roc_auc_score": "roc-auc", "average_precision": "average-precision", "average_precision_score": "average-precision",
    "balanced_accuracy": "balanced-accuracy", "balanced_accuracy_score": "balanced-accuracy", "f1_score": "f1", "matthews_corrcoef": "mcc",
    "geometric_mean_score": "g-mean", "accuracy_score": "accuracy",
}


def bootstrap_interval(y_true: Any, y_pred: Any, metric: Any = "balanced-accuracy", *, level: float = 0.95, resamples: int = 2000, kind: str = "bca",
                       stratified: bool = True, seed: int = 0, sample_weight: Any = None, pos_label: Any = None) -> MetricInterval:
    """A confidence interval of any metric of the catalogue by resampling the rows, stratified by class (Efron and Tibshirani, 1993).

    ``y_pred`` holds predicted labels for metrics of decisions (``balanced-accuracy``, ``f1``, ``mcc``, ``g-mean``, ...) and scores for metrics of scores
    (``roc-auc``, ``average-precision``, ``brier``, ``log-loss``, ...). ``metric`` may also be a function of this module or scikit-learn's name of it.

    >>> from counterweight.metrics import bootstrap_interval
    >>> found = bootstrap_interval([0] * 50 + [1] * 50, [0] * 40 + [1] * 55 + [0] * 5)
    >>> round(found.estimate, 4)
    0.85
    >>> found.low < 0.85 < found.high
    True
    """
    if callable(metric) and not isinstance(metric, str):
        metric = getattr(metric, "__name__", repr(metric))
    if not isinstance(metric, str):
        raise ValueError(f"metric must be the name of a metric; {metric!r} is not.")
    name = _NAMES.get(metric, metric)
    if kind not in _KINDS:
        raise ValueError(f"kind is one of {', '.join(_KINDS)}; {kind!r} is not.")
    base = name.split("(")[0].strip()
    truth = encode(y_true, "y_true")
    predicted = scores = None
    classes = truth.classes
    codes = truth.codes
    given = plain(y_pred)
    if any(base == n or base.startswith(f"{n}-") for n in _NEED_SCORES):
        scores = matrix(given, "y_pred")
        if scores.ndim == 1 or scores.shape[1] == 1:
            scores = np.ascontiguousarray(scores.reshape(-1))
            truth = _binary(truth, f"{name} of one score per row")
            classes, codes = truth.classes, truth.codes
        _same_rows(codes, scores, "y_pred")
    else:
        if given.dtype.kind == "f" and (given.ndim == 2 or (given != np.floor(given)).any()):
            raise ValueError(f"{name} is a metric of decided classes; y_pred holds scores. Decide first, or take roc-auc or average-precision.")
        classes, codes, predicted = _pair(y_true, y_pred)
    weights = None if sample_weight is None else floats(sample_weight, "sample_weight", codes.shape[0])
    k = max(2, classes.shape[0])
    positive = positive_code(classes, pos_label) if classes.shape[0] == 2 else 1
    columns = 0 if scores is None else 1 if scores.ndim == 1 else scores.shape[1]
    numbers = np.empty(4)
    _native.call("cw_bootstrap", _word(name, "metric"), codes.ctypes.data, codes.shape[0], k, _native.pointer(predicted), _native.pointer(scores), columns,
                 int(base in _NEED_PROBABILITIES and columns > 1), _native.pointer(weights), positive, float(level), int(resamples), _KINDS[kind],
                 int(stratified), int(seed), numbers.ctypes.data)
    return MetricInterval(*numbers.tolist(), float(level))


def delong(y_true: Any, y_score: Any, y_score_other: Any = None, *, level: float = 0.95, pos_label: Any = None) -> Any:
    """DeLong's interval of the area under the ROC curve; with other scores of the same rows, the test of their difference (DeLong and others, 1988).

    >>> from counterweight.metrics import delong
    >>> found = delong([0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.2, 0.7])
    >>> round(found.estimate, 4)
    0.8889
    >>> round(delong([0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.2, 0.7], [0.5, 0.4, 0.3, 0.8, 0.2, 0.7]).second, 4)
    0.7778
    """
    labels = _binary(encode(y_true, "y_true"), "DeLong's interval")
    positive = positive_code(labels.classes, pos_label)
    rows = labels.codes.shape[0]
    first = floats(y_score, "y_score", rows)
    second = None if y_score_other is None else floats(y_score_other, "y_score_other", rows)
    numbers = np.empty(4 if second is None else 8)
    _native.call("cw_delong", labels.codes.ctypes.data, first.ctypes.data, _native.pointer(second), rows, float(level), positive, numbers.ctypes.data)
    found = MetricInterval(*numbers[:4].tolist(), float(level))
    return found if second is None else AucDifference(float(numbers[4]), float(numbers[5]), found, float(numbers[6]), float(numbers[7]))
