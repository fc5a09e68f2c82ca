"""From scores to decisions: thresholds, offsets, decision files, prior correction, calibration."""

from __future__ import annotations

import json
import math
import os
from typing import Any, Sequence

import numpy as np

from . import _native
from ._arrays import encode, floats, matrix, plain, positive_code
from ._weights import _word


def _costs(costs: Any, classes: int, positive: int = 1) -> np.ndarray | None:
    """Costs as a matrix of true class by decided class; a pair is (false alarm, miss)."""
    if costs is None:
        return None
    array = plain(costs)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"costs must hold numbers; {costs!r} does not.")
    array = np.asarray(array, dtype=np.float64)
    if array.shape == (2,) and classes == 2:
        false_alarm, miss = array
        array = np.array([[0, false_alarm], [miss, 0]]) if positive == 1 else np.array([[0, miss], [false_alarm, 0]])
    if array.shape != (classes, classes):
        raise ValueError(f"costs has the shape {array.shape}; it must be {classes} x {classes}, true class by decided class"
                         + (", or a pair: the cost of a false alarm and of a miss." if classes == 2 else "."))
    return np.ascontiguousarray(array)


def _positive_scores(scores: Any, rows: int, positive: int) -> np.ndarray:
    array = matrix(scores, "scores")
    if array.ndim == 2 and array.shape[1] == 2:
        array = np.ascontiguousarray(array[:, positive])
    elif array.ndim == 2 and array.shape[1] == 1:
        array = np.ascontiguousarray(array[:, 0])
    if array.ndim != 1:
        raise ValueError(f"scores has the shape {array.shape}; a threshold is for two classes: (rows,) or (rows, 2). With more classes use tune_offsets.")
    if array.shape[0] != rows:
        raise ValueError(f"scores has {array.shape[0]} rows and y has {rows}.")
    return array


def _json_number(value: float) -> Any:
    return value if math.isfinite(value) else ("NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity")


def _document(classes: Sequence[Any], columns: int, rule: dict, positive: int = 1, origin: str | None = None) -> str:
    document: dict[str, Any] = {"format": "counterweight-decision", "version": 1}
    if origin:
        document["origin"] = origin
    document["classes"] = [str(label) for label in classes]
    if len(classes) == 2:
        document["positiveClass"] = positive
    document["scores"] = {"columnsPerRow": columns, "scale": "probability"}
    document["decision"] = rule
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class TunedThreshold(float):
    """A tuned threshold: a number (a row is positive where its score is at least that), and how good it is.

    Attributes: ``threshold``, ``value`` of the metric there, ``metric``, ``none_is_better`` (whether deciding nothing positive would be better),
    ``value_of_none``, ``true_positives``, ``false_positives``, ``false_negatives``, ``true_negatives``, ``classes``, ``positive``.
    """

    threshold: float
    value: float
    metric: str
    value_of_none: float
    none_is_better: bool
    true_positives: float
    false_positives: float
    false_negatives: float
    true_negatives: float
    classes: np.ndarray
    positive: int

    def __new__(cls, numbers: Sequence[float], metric: str, classes: np.ndarray, positive: int):
        self = super().__new__(cls, numbers[0])
        self.threshold, self.value, self.value_of_none = float(numbers[0]), float(numbers[1]), float(numbers[2])
        self.none_is_better = bool(numbers[3])
        self.true_positives, self.false_positives, self.false_negatives, self.true_negatives = (float(n) for n in numbers[4:8])
        self.metric, self.classes, self.positive = metric, classes, positive
        return self

    def __reduce__(self):
        numbers = (self.threshold, self.value, self.value_of_none, float(self.none_is_better), self.true_positives, self.false_positives,
                   self.false_negatives, self.true_negatives)
        return TunedThreshold, (numbers, self.metric, self.classes, self.positive)

    def decision(self) -> "Decision":
        """The threshold as a decision that can be saved: on the score of the positive class."""
        rule = {"kind": "threshold", "threshold": _json_number(self.threshold), "positiveClass": self.positive}
        return Decision(_document(self.classes.tolist(), 1, rule, self.positive, f"threshold:tuned for {self.metric}"))


class TunedOffsets:
    """Tuned offsets: ``offsets`` per class for ``argmax(log(p) + offsets)``, their ``value`` and the ``value_without`` them."""

    def __init__(self, offsets: np.ndarray, value: float, value_without: float, metric: str, classes: np.ndarray):
        self.offsets, self.value, self.value_without, self.metric, self.classes = offsets, value, value_without, metric, classes

    def __array__(self, dtype=None, copy=None):
        return self.offsets.astype(dtype) if dtype is not None else self.offsets

    def __len__(self):
        return self.offsets.shape[0]

    def __iter__(self):
        return iter(self.offsets.tolist())

    def __getitem__(self, index):
        return self.offsets[index]

    def __repr__(self):
        return f"TunedOffsets({self.offsets.tolist()}, value={self.value!r}, metric={self.metric!r})"

    def decision(self) -> "Decision":
        """The offsets as a decision that can be saved: on probabilities, one per class."""
        rule = {"kind": "offsets", "offsets": [_json_number(v) for v in self.offsets.tolist()]}
        return Decision(_document(self.classes.tolist(), len(self), rule, origin=f"offsets:tuned for {self.metric}"))

    def apply(self, scores: Any) -> np.ndarray:
        """Decides rows of probabilities: a label per row."""
        return self.classes[self.decision().decide(scores)]


def tune_threshold(y: Any, scores: Any, metric: str = "f1", costs: Any = None, constraint: Any = None, *, sample_weight: Any = None,
                   pos_label: Any = None) -> TunedThreshold:
    """The threshold on the score of the positive class that is best over all distinct scores.

    Parameters
    ----------
    y : array-like
        The true labels of rows that the model was not trained on, of two classes.
    scores : array-like
        The score of the positive class, on any scale; or two columns of probabilities.
    metric : str
        ``f1``, ``f2``, ``f-beta(beta=0.5)``, ``balanced-accuracy``, ``g-mean``, ``mcc``, ``macro-f1``, ``youden``, ``expected-cost``, ...
    costs : pair or 2 x 2, optional
        The cost of a false alarm and of a miss, or true class by decided class; the threshold with the least expected cost is then found.
    constraint : str or list of str, optional
        ``"recall>=0.8"``, ``"precision>=0.5"``, ``"specificity>=0.9"``, ``"alerts<=50/10000"``.

    >>> from counterweight import tune_threshold
    >>> best = tune_threshold([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> float(best), round(best.value, 4)
    (0.35, 0.8)
    """
    labels = encode(y)
    if labels.classes.shape[0] == 1 and labels.classes[0] in (0, 1):
        labels = labels._replace(classes=np.array([0, 1], dtype=labels.classes.dtype), codes=labels.codes + np.int32(labels.classes[0]))
    if labels.classes.shape[0] != 2:
        raise ValueError(f"A threshold is for two classes; y has {labels.classes.shape[0]}. With more classes use tune_offsets.")
    positive = positive_code(labels.classes, pos_label)
    rows = labels.codes.shape[0]
    own = _positive_scores(scores, rows, positive)
    weights = None if sample_weight is None else floats(sample_weight, "sample_weight", rows)
    paid = _costs(costs, 2, positive)
    texts = [] if constraint is None else [constraint] if isinstance(constraint, str) else list(constraint)
    limits = b";".join(_word(text, "constraint") for text in texts) or None
    numbers = np.empty(8)
    _native.call("cw_tune_threshold", _word(metric, "metric"), labels.codes.ctypes.data, own.ctypes.data, rows, _native.pointer(weights),
                 _native.pointer(paid), limits, positive, numbers.ctypes.data)
    return TunedThreshold(numbers.tolist(), "expected-cost" if costs is not None else metric, labels.classes, positive)


def tune_offsets(y: Any, scores: Any, metric: str = "balanced-accuracy", costs: Any = None, *, sample_weight: Any = None, seed: int = 0) -> TunedOffsets:
    """An offset per class that makes ``argmax(log(p) + offsets)`` best for a metric: a tuned threshold for any number of classes.

    ``scores`` are probabilities, rows by classes, with a column per label of ``y`` in ascending order.

    >>> from counterweight import tune_offsets
    >>> p = [[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.6, 0.1, 0.3], [0.5, 0.4, 0.1], [0.5, 0.1, 0.4]]
    >>> best = tune_offsets([0, 0, 0, 1, 2], p)
    >>> round(best.value, 4)
    1.0
    >>> best.apply(p).tolist()
    [0, 0, 0, 1, 2]
    """
    labels = encode(y)
    own = matrix(scores, "scores")
    if own.ndim == 1 and labels.classes.shape[0] == 2:
        own = np.ascontiguousarray(np.stack([1 - own, own], axis=1))
    rows, k = labels.codes.shape[0], labels.classes.shape[0]
    if own.ndim != 2 or own.shape != (rows, k):
        raise ValueError(f"scores has the shape {own.shape}; it must be ({rows}, {k}): a column for each of the labels {labels.classes[:10].tolist()}.")
    weights = None if sample_weight is None else floats(sample_weight, "sample_weight", rows)
    paid = _costs(costs, k)
    offsets, values = np.empty(k), np.empty(2)
    _native.call("cw_tune_offsets", _word(metric, "metric"), labels.codes.ctypes.data, own.ctypes.data, rows, k, _native.pointer(weights),
                 _native.pointer(paid), int(seed), offsets.ctypes.data, values.ctypes.data)
    return TunedOffsets(offsets, float(values[0]), float(values[1]), "expected-cost" if costs is not None else metric, labels.classes)


class Decision:
    """A decision file (``decision.json``), as ``counterweight decide``, ``compare`` and ``train`` write it, to be applied to scores.

    >>> from counterweight import Decision, tune_threshold
    >>> decision = tune_threshold([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).decision()
    >>> decision.apply([0.2, 0.9]).tolist()
    [0, 1]
    """

    def __init__(self, text: str, file: str | None = None):
        self._text = text
        self._handle = _native.make("cw_decision", _word(text, "The decision"), None if file is None else os.fsencode(file))
        document = json.loads(text)
        names = document["classes"]
        self.classes = _as_labels(names)
        """The labels: whole numbers where all of them are written as such, else texts."""
        self.columns: int = document["scores"]["columnsPerRow"]
        """How many scores a row has."""
        self.column_names: list | None = document["scores"].get("names")
        """The names of the score columns, if known."""
        self.positive: int = document.get("positiveClass", 1)
        """The place of the positive class among the classes (two classes)."""
        self.origin: str | None = document.get("origin")
        """Where the decision comes from."""

    @classmethod
    def load(cls, path: Any) -> "Decision":
        """Reads a decision file."""
        with open(path, encoding="utf-8-sig") as file:
            return cls(file.read(), os.fspath(path) if isinstance(path, (str, os.PathLike)) else None)

    def save(self, path: Any) -> None:
        """Writes the decision file."""
        temporary = f"{os.fspath(path)}.{os.getpid()}.tmp"
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(self._text)
        os.replace(temporary, path)

    def decide(self, scores: Any) -> np.ndarray:
        """The code of the decided class for each row: its place in ``classes``."""
        own = self._scores(scores)
        codes = np.empty(own.shape[0], dtype=np.int32)
        _native.call("cw_decide", self._handle.value, own.ctypes.data, own.shape[0], own.shape[1], codes.ctypes.data)
        return codes

    def apply(self, scores: Any) -> np.ndarray:
        """The decided label for each row of scores: rows, or rows by columns; a frame's columns are taken by their names where the file has them."""
        return self.classes[self.decide(scores)]

    __call__ = apply

    def probabilities(self, scores: Any) -> np.ndarray:
        """The probabilities that the rule sees, after prior correction and calibration: rows by classes."""
        own = self._scores(scores)
        if own.shape[1] != self.columns:
            raise ValueError(f"The scores have {own.shape[1]} columns; this decision reads {self.columns}.")
        result = np.empty((own.shape[0], len(self.classes)))
        _native.call("cw_transform", self._handle.value, own.ctypes.data, own.shape[0], result.ctypes.data)
        return result

    def to_json(self) -> str:
        """The text of the file."""
        return self._text

    def _scores(self, scores: Any) -> np.ndarray:
        if self.column_names and hasattr(scores, "columns"):
            missing = [name for name in self.column_names if name not in list(scores.columns)]
            if not missing:
                scores = scores[self.column_names]
        own = matrix(scores, "scores")
        if own.ndim == 1:
            own = own.reshape(-1, 1)
        if own.shape[1] == 2 and self.columns == 1:
            own = np.ascontiguousarray(own[:, self.positive:self.positive + 1])
        elif own.shape[1] == 1 and self.columns == 2 and '"scale": "probability"' in self._text:
            own = np.ascontiguousarray(np.concatenate([1 - own, own] if self.positive == 1 else [own, 1 - own], axis=1))
        return own

    def __reduce__(self):
        return Decision, (self._text,)

    def __repr__(self):
        return f"Decision(classes={self.classes.tolist()}, origin={self.origin!r})"


def _as_labels(names: Sequence[str]) -> np.ndarray:
    """Texts, or whole numbers where every name is one as Python writes it."""
    try:
        numbers = [int(name) for name in names]
    except ValueError:
        return np.array(names)
    return np.array(numbers) if [str(n) for n in numbers] == list(names) else np.array(names)


def _both(values: Any, classes: int | None, name: str) -> tuple[np.ndarray, bool]:
    """Probabilities, a column per class, and whether they were given as one column of two classes."""
    own = matrix(values, name)
    if own.ndim == 1:
        if classes not in (None, 2):
            raise ValueError(f"{name} has one score a row, but there are {classes} classes; give a column per class.")
        return np.ascontiguousarray(np.stack([1 - own, own], axis=1)), True
    return own, False


def prior_correct(scores: Any, training_prior: Any, target_prior: Any) -> np.ndarray:
    """Probabilities corrected from the class shares that a model was trained on to those where it is used.

    p'(c) is in proportion to p(c) target(c) / training(c) (Elkan, 2001, theorem 2; Saerens, Latinne and Decaestecker, 2002, equation 2.4). Shares need not
    sum to one, so class counts do, too; after training with class weights the training prior is counts times weights.
    ``scores`` has a column per class, or is the probability of the second of two classes.

    >>> from counterweight import prior_correct
    >>> prior_correct([0.5, 0.9], [0.5, 0.5], [0.9, 0.1]).round(4)
    array([0.1, 0.5])
    """
    before, after = floats(training_prior, "training_prior"), floats(target_prior, "target_prior")
    if before.shape != after.shape or before.shape[0] < 2:
        raise ValueError(f"There are {before.shape[0]} training shares and {after.shape[0]} target shares; there must be one of each per class.")
    own, single = _both(scores, before.shape[0], "scores")
    k = before.shape[0]
    if own.shape[1] != k:
        raise ValueError(f"scores has {own.shape[1]} columns and there are {k} class shares.")
    rule = {"kind": "prior-corrected", "trainingPrior": [_json_number(v) for v in before.tolist()],
            "targetPrior": [_json_number(v) for v in after.tolist()], "then": {"kind": "argmax", "classes": k}}
    result = Decision(_document(range(k), k, rule)).probabilities(own)
    return result[:, 1] if single else result


class Calibration:
    """A fitted calibration: call it, or ``transform``, on new probabilities; ``decision()`` is a file that applies it."""

    def __init__(self, text: str, single: bool):
        self._decision, self._single = Decision(text), single
        self.method: str = json.loads(text)["decision"]["method"]
        """The name of the method."""

    def transform(self, scores: Any) -> np.ndarray:
        """Calibrated probabilities, of the shape of ``scores``."""
        own, single = _both(scores, len(self._decision.classes), "scores")
        result = self._decision.probabilities(own)
        return result[:, 1] if single else result

    __call__ = apply = predict = transform

    def decision(self) -> Decision:
        """The calibration followed by the most probable class."""
        return self._decision

    def __reduce__(self):
        return Calibration, (self._decision.to_json(), self._single)

    def __repr__(self):
        return f"Calibration({self.method!r})"


def calibrate(y: Any, scores: Any, method: str = "isotonic", *, sample_weight: Any = None) -> Calibration:
    """Fits a calibration on rows that the model was not trained on.

    ``method`` is ``isotonic``, ``platt``, ``beta``, ``temperature`` or ``vector``; ``scores`` are probabilities: of the second of two classes, or a column
    per label of ``y`` in ascending order.

    >>> from counterweight import calibrate
    >>> fitted = calibrate([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.6, 0.7, 0.9])
    >>> fitted([0.0, 0.45, 0.95]).round(3).tolist()
    [0.0, 0.5, 1.0]
    """
    labels = encode(y)
    k = labels.classes.shape[0]
    own, single = _both(scores, k, "scores")
    if own.shape != (labels.codes.shape[0], k):
        raise ValueError(f"scores has the shape {own.shape}; it must be ({labels.codes.shape[0]}, {k}): a column for each label of y.")
    weights = None if sample_weight is None else floats(sample_weight, "sample_weight", own.shape[0])
    text = _native.make("cw_calibrate", _word(method, "method"), own.ctypes.data, labels.codes.ctypes.data, own.shape[0], k,
                        _native.pointer(weights)).text()
    document = json.loads(text)
    document["classes"] = [str(label) for label in labels.classes.tolist()]
    return Calibration(json.dumps(document), single)
