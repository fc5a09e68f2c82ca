"""The trainer contract: how a training program takes part in ``counterweight compare --trainer``.

A whole program::

    import numpy as np
    from counterweight.job import Job

    job = Job.load()
    X, y = load_my_data(job.data["file"])
    model = fit(X[job.train], y[job.train], sample_weight=job.sample_weight(y[job.train]), seed=job.seed)
    job.report(model.predict_proba(X[job.scored]))

``Job.load()`` reads the file that ``COUNTERWEIGHT_JOB`` names. It needs the standard library and numpy alone; only ``sampler()`` with weights and nothing
drawn uses the native library. What a program cannot carry out, it says with ``job.refuse("why")``.
"""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path
from typing import Any, Iterator, NoReturn, Sequence

import numpy as np

__all__ = ["Job", "OrderedSampler", "PROTOCOL", "REFUSED"]

PROTOCOL = 1
REFUSED = 78


class OrderedSampler:
    """The drawn orders of a job, epoch after epoch, as a sampler for a ``DataLoader`` over the training rows: positions in ``job.train``.

    Beyond the epochs that were drawn it begins again with the first.
    """

    def __init__(self, epochs: np.ndarray):
        self._epochs, self.epoch = epochs, 0

    def set_epoch(self, epoch: int) -> None:
        """Says which epoch the next ``iter()`` gives."""
        self.epoch = int(epoch)

    def indices(self, epoch: int | None = None) -> np.ndarray:
        """The positions of an epoch."""
        return np.asarray(self._epochs[(self.epoch if epoch is None else epoch) % self._epochs.shape[0]])

    def __iter__(self) -> Iterator[int]:
        order = self.indices()
        self.epoch += 1
        return iter(order.tolist())

    def __len__(self) -> int:
        return int(self._epochs.shape[1])

    def state_dict(self) -> dict:
        """Where the sampler is."""
        return {"epoch": self.epoch}

    def load_state_dict(self, state: dict) -> None:
        """Goes on from a saved state."""
        self.epoch = int(state["epoch"])


class Job:
    """One fit of a comparison: which rows to train on and how, which to score, and where the scores go.

    Attributes
    ----------
    fit, remedy, fold, repeat, seed
        Which fit this is.
    data : dict
        ``file``, ``format`` and ``target``; rows are numbered from 0 in the order of the file.
    labels, counts
        The labels of the classes and their training rows; every array per class has this order.
    train, validation, test : int64 arrays
        Rows to train on (after resampling, so that they may repeat), rows for early stopping and decisions, rows to score.
    class_weights : float64 array or None
        A weight per class.
    row_weights : float64 array or None
        A weight per entry of ``train``; where it is given it holds the class weights, too.
    loss : dict or None
        ``name``, ``parameters`` and ``prior``: the loss that the remedy asks for.
    synthetic : str or None
        A Parquet file of made rows to train on, too.
    share : float
        The part of the usual training effort to spend.
    tables : dict or None
        Paths of ``train``, ``validation`` and ``test`` as files of their own.

    >>> import json, os, tempfile
    >>> import numpy as np
    >>> folder = tempfile.mkdtemp()
    >>> for name, rows in (("train", [0, 1, 2, 2]), ("validation", [3]), ("test", [4, 5])):
    ...     np.save(os.path.join(folder, name + ".npy"), np.array(rows))
    >>> document = {"protocol": 1, "fit": "f1", "remedy": "weights:balanced", "fold": 0, "repeat": 0, "seed": 7,
    ...             "data": {"file": "data.csv", "format": "csv", "target": "y"},
    ...             "classes": [{"label": "bad", "count": 1}, {"label": "good", "count": 3}],
    ...             "train": os.path.join(folder, "train.npy"), "validation": os.path.join(folder, "validation.npy"),
    ...             "test": os.path.join(folder, "test.npy"), "classWeights": [2.0, 0.67], "scores": os.path.join(folder, "scores.npy")}
    >>> with open(os.path.join(folder, "job.json"), "w") as file:
    ...     json.dump(document, file)
    >>> from counterweight.job import Job
    >>> job = Job.load(os.path.join(folder, "job.json"))
    >>> job.train.tolist(), job.class_weights.tolist(), job.scored.tolist()
    ([0, 1, 2, 2], [2.0, 0.67], [3, 4, 5])
    >>> job.report([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    >>> np.load(document["scores"]).shape
    (3, 2)
    """

    def __init__(self, document: dict, path: str | None = None):
        self.document, self.path = document, path
        if document.get("protocol") != PROTOCOL:
            self.refuse(f"this program speaks protocol {PROTOCOL} of the trainer contract, and the job has {document.get('protocol')!r}")
        self.fit: str = self._field("fit")
        self.remedy: str = self._field("remedy")
        self.fold: int = document.get("fold", 0)
        self.repeat: int = document.get("repeat", 0)
        self.seed: int = int(os.environ.get("COUNTERWEIGHT_SEED") or self._field("seed"))
        self.data: dict = self._field("data")
        self.labels: list = [c["label"] for c in self._field("classes")]
        self.counts: np.ndarray = np.array([c["count"] for c in document["classes"]], dtype=np.int64)
        self.train: np.ndarray = self._rows("train")
        self.validation: np.ndarray = self._rows("validation")
        self.test: np.ndarray = self._rows("test")
        weights = self._array("classWeights")
        self.class_weights: np.ndarray | None = None if weights is None else np.asarray(weights, dtype=np.float64)
        if self.class_weights is not None and self.class_weights.shape != (len(self.labels),):
            raise ValueError(f"{self._where()}: classWeights has {self.class_weights.shape[0]} values for {len(self.labels)} classes.")
        rows = self._array("rowWeights")
        self.row_weights: np.ndarray | None = None if rows is None else np.asarray(rows, dtype=np.float64)
        if self.row_weights is not None and self.row_weights.shape != self.train.shape:
            raise ValueError(f"{self._where()}: rowWeights has {self.row_weights.shape[0]} values for {self.train.shape[0]} rows of train.")
        self.sampling: dict | None = document.get("sampling")
        self.loss: dict | None = document.get("loss")
        self.synthetic: str | None = document.get("synthetic")
        self.share: float = float(document.get("share", 1))
        self.tables: dict | None = document.get("tables")
        self.scores_path: str = self._field("scores")

    @classmethod
    def load(cls, path: Any = None) -> "Job":
        """Reads the job: the file named, else the one that ``COUNTERWEIGHT_JOB`` names.

        A job of another protocol ends the program with exit code 78, as the contract says.
        """
        name = os.environ.get("COUNTERWEIGHT_JOB") if path is None else os.fspath(path)
        if not name:
            raise RuntimeError("COUNTERWEIGHT_JOB is not set: this program is started by 'counterweight compare --trainer', or give Job.load the path of a "
                               "job.json.")
        with open(name, encoding="utf-8") as file:
            return cls(json.load(file), os.path.abspath(name))

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.labels)

    @property
    def scored(self) -> np.ndarray:
        """The rows whose scores are asked for, in their order: validation, then test."""
        return np.concatenate([self.validation, self.test])

    @property
    def prior(self) -> np.ndarray:
        """The class shares that the loss needs: those of the remedy, else those of the training rows."""
        given = (self.loss or {}).get("prior")
        return np.asarray(given, dtype=np.float64) if given is not None else self.counts / self.counts.sum()

    def codes(self, y: Any) -> np.ndarray:
        """Labels of the user's own as codes in the order of ``labels``."""
        known = {str(label): code for code, label in enumerate(self.labels)}
        values = np.asarray(y).tolist()
        try:
            return np.array([known[_text(value)] for value in values], dtype=np.int64)
        except KeyError as problem:
            raise ValueError(f"{problem.args[0]!r} is not one of the labels {self.labels[:10]}.") from None

    def sample_weight(self, y: Any) -> np.ndarray | None:
        """A weight per entry of ``train`` whatever the remedy: the row weights, else the class weights of the labels ``y`` of ``train``, else None."""
        if self.row_weights is not None:
            return self.row_weights
        if self.class_weights is None:
            return None
        return self.class_weights[self.codes(y)]

    def sampler(self) -> Any:
        """How the rows of ``train`` are drawn: a sampler of positions in ``train`` for a ``DataLoader``, or None for the usual order.

        The drawn orders where the job has them; else a ``counterweight.torch.WeightedRandomSampler`` by its weights.
        """
        if self.sampling is None:
            return None
        epochs = self._array_of(self.sampling.get("epochs"), "sampling.epochs", mapped=True)
        if epochs is not None:
            if epochs.ndim != 2 or epochs.shape[0] == 0:
                raise ValueError(f"{self._where()}: sampling.epochs has the shape {epochs.shape}; it must be epochs by draws.")
            return OrderedSampler(epochs)
        weights = self._array_of(self.sampling.get("weights"), "sampling.weights")
        if weights is None:
            raise ValueError(f"{self._where()}: sampling has neither epochs nor weights.")
        from .torch import WeightedRandomSampler

        return WeightedRandomSampler(weights, int(self.sampling.get("draws") or weights.shape[0]), bool(self.sampling.get("replacement", True)), seed=self.seed)

    def report(self, scores: Any, kind: str | None = None, *, epochs: int | None = None, seconds: float | None = None, metrics: dict | None = None) -> None:
        """Writes the scores of the rows ``scored``: rows by classes, or the score of the second of two classes.

        ``kind`` is ``"probabilities"`` or ``"logits"``; without it rows that sum to one are probabilities. The file appears whole or not at all.
        """
        if hasattr(scores, "detach"):
            scores = scores.detach().cpu().numpy()
        array = np.asarray(scores)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"The scores must be numbers; they are {array.dtype}.")
        rows = self.validation.shape[0] + self.test.shape[0]
        if array.ndim == 2 and array.shape[1] == 1 and self.classes == 2:
            array = array[:, 0]
        fits = (array.ndim == 1 and self.classes == 2) or (array.ndim == 2 and array.shape[1] == self.classes)
        if not fits or array.shape[0] != rows:
            wanted = f"({rows}, {self.classes})" + (f" or ({rows},)" if self.classes == 2 else "")
            raise ValueError(f"The scores have the shape {array.shape}; they must be {wanted}: the {self.validation.shape[0]} rows of validation, then the "
                             f"{self.test.shape[0]} of test.")
        bad = ~np.isfinite(array)
        if bad.any():
            row = int(np.flatnonzero(bad.reshape(rows, -1).any(axis=1))[0])
            raise ValueError(f"The score of row {int(self.scored[row])} (entry {row} of the scores) is not a finite number.")
        if kind not in (None, "probabilities", "logits"):
            raise ValueError(f"kind is 'probabilities' or 'logits'; {kind!r} is not.")
        result: dict[str, Any] = {name: value for name, value in (("kind", kind), ("epochs", epochs), ("seconds", seconds)) if value is not None}
        if metrics:
            result["metrics"] = {name: float(value) for name, value in metrics.items() if math.isfinite(float(value))}
        path = Path(self.scores_path)
        if result:
            _write(path.parent / "result.json", json.dumps(result).encode("utf-8"))
        self._write_scores(path, array)

    def _write_scores(self, path: Path, array: np.ndarray) -> None:
        ending = path.suffix.lower()
        if ending in ("", ".npy"):
            temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
            with open(temporary, "wb") as file:
                np.save(file, array.astype("<f8"))
            os.replace(temporary, path)
            return
        both = np.stack([1 - array, array], axis=1) if array.ndim == 1 else array
        if ending in (".jsonl", ".ndjson"):
            lines = (json.dumps({"row": int(row), **{str(n): float(v) for n, v in zip(self.labels, own)}}) for row, own in zip(self.scored, both))
        elif ending == ".csv":
            def cell(text: str) -> str:
                return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n\r') else text

            head = ",".join(["row", *(cell(str(name)) for name in self.labels)])
            lines = iter([head, *(",".join([str(int(row)), *(repr(float(v)) for v in own)]) for row, own in zip(self.scored, both))])
        else:
            raise ValueError(f"{self._where()}: scores go to {path.name}; this module writes .npy, .csv and .jsonl.")
        _write(path, ("\n".join(lines) + "\n").encode("utf-8"))

    def refuse(self, reason: str) -> NoReturn:
        """Ends the program with exit code 78: it cannot carry out this remedy, for the reason given."""
        print(" ".join(str(reason).split()), file=sys.stderr, flush=True)
        raise SystemExit(REFUSED)

    def require(self, *, losses: Sequence[str] = (), sampling: bool = True, weights: bool = True, synthetic: bool = False) -> None:
        """Refuses the job where its remedy asks for what the program cannot do."""
        if self.loss is not None and self.loss.get("name") not in losses:
            self.refuse(f"this program has no loss {self.loss.get('name')!r}")
        if self.sampling is not None and not sampling:
            self.refuse("this program cannot draw rows by a sampler")
        if (self.class_weights is not None or self.row_weights is not None) and not weights:
            self.refuse("this program cannot weigh rows")
        if self.synthetic is not None and not synthetic:
            self.refuse("this program cannot train on made rows")

    def _where(self) -> str:
        return self.path or "the job"

    def _field(self, name: str) -> Any:
        if name not in self.document:
            raise ValueError(f"{self._where()}: the field {name!r} is missing.")
        return self.document[name]

    def _rows(self, name: str) -> np.ndarray:
        rows = self._array_of(self._field(name), name)
        return np.zeros(0, dtype=np.int64) if rows is None else np.asarray(rows, dtype=np.int64)

    def _array(self, name: str) -> np.ndarray | None:
        return self._array_of(self.document.get(name), name)

    def _array_of(self, value: Any, name: str, mapped: bool = False) -> np.ndarray | None:
        """An array of the job: the path of a .npy file, or the values themselves."""
        if value is None:
            return None
        if not isinstance(value, str):
            return np.asarray(value)
        path = value if os.path.isabs(value) or self.path is None else os.path.join(os.path.dirname(self.path), value)
        try:
            return np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
        except (OSError, ValueError) as problem:
            raise ValueError(f"{self._where()}: {name} names {value}, which cannot be read: {problem}") from None

    def __repr__(self) -> str:
        return f"Job({self.fit!r}, remedy={self.remedy!r}, train={self.train.shape[0]}, validation={self.validation.shape[0]}, test={self.test.shape[0]})"


def _text(value: Any) -> str:
    """A label as the tool writes it."""
    if isinstance(value, bool):
        return str(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(content)
    os.replace(temporary, path)
