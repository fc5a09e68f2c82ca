"""Which remedy helps an estimator of one's own? The installed tool ``counterweight`` compares them, on the estimator's own fits.

>>> from counterweight.compare import compare
>>> compare.__name__
'compare'

The module itself may be called, too: ``counterweight.compare(estimator, X, y)``.
"""

from __future__ import annotations

import csv
import json
import os
import pickle
import shlex
import shutil
import subprocess
import sys
import tempfile
import types
from typing import Any, NamedTuple, Sequence

import numpy as np

from ._arrays import column, encode
from ._tables import Table

__all__ = ["compare", "Comparison"]


class Comparison(NamedTuple):
    """What ``compare`` gives: the document (``comparison.json``), a frame with a row per candidate, and the path of the report."""

    document: dict
    frame: Any
    report: str

    @property
    def recommendation(self) -> dict:
        """The recommended remedy."""
        return self.document["recommendation"]


def _command() -> list[str]:
    given = os.environ.get("COUNTERWEIGHT_COMMAND")
    if given:
        return shlex.split(given)
    found = shutil.which("counterweight")
    if found is None:
        raise RuntimeError("The tool 'counterweight' is not on PATH. Install it, or name it in COUNTERWEIGHT_COMMAND: "
                           "'dotnet /path/to/Counterweight.Cli.dll', say.")
    return [found]


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return repr(value)
    return str(value)


def _write_data(path: str, table: Table, labels: list, target: str) -> None:
    """The rows as the tool reads them: a CSV file whose columns are those of ``X``, and the label."""
    names = [str(name) for name in table.names] if table.names else [f"x{j}" for j in range(table.columns)]
    columns = [np.asarray(_values(table._column(j))).tolist() for j in range(table.columns)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*names, target])
        for row in zip(*columns, labels):
            writer.writerow([_cell(value) for value in row])


def _values(values: Any) -> Any:
    return values.to_numpy() if hasattr(values, "to_numpy") else values


def _frame(document: dict) -> Any:
    """A row per candidate: a frame where pandas is installed, else a list of dictionaries."""
    rows = []
    for candidate in document["candidates"]:
        versus = candidate.get("versusBaseline") or {}
        rows.append({
            "learner": candidate.get("learner"), "remedy": candidate.get("remedy"), "status": candidate.get("status"), "score": candidate.get("mean"),
            "low": candidate.get("ciLow"), "high": candidate.get("ciHigh"), "gain": versus.get("mean"), "p": versus.get("pValueHolm"),
            "seconds": candidate.get("fitSeconds"), "reason": candidate.get("reason"),
            **{f"metric:{name}": value for name, value in (candidate.get("metrics") or {}).items()},
        })
    try:
        import pandas as pd
    except ImportError:
        return rows
    return pd.DataFrame(rows)


def compare(estimator: Any, X: Any, y: Any, remedies: Any = None, metric: str = "balanced-accuracy", *, out: Any = None, seed: int = 0,
            options: Sequence[str] = (), verbose: bool = False) -> Comparison:
    """Compares remedies for unequal classes on an estimator of one's own, by the installed tool ``counterweight`` and its trainer contract.

    Every fit runs in a process of its own: the estimator is cloned, fitted to the fold's rows with the remedy's weights or drawn rows, and scores the rest.
    A remedy that an estimator cannot carry out (a loss; weights without ``sample_weight``) is refused and says so in the table.

    Parameters
    ----------
    estimator : estimator of scikit-learn
        Must pickle; ``predict_proba`` or ``decision_function`` gives the scores. A pipeline passes the weights to its last step.
    X, y : rows and labels
        An array or a frame, and a label per row.
    remedies : str or list of str, optional
        ``["weights:balanced", "sampler:class-balanced", "threshold:tuned"]``, ...; some of every family if omitted.
    metric : str
        What decides.
    out : path, optional
        Where the comparison goes (``comparison.json``, ``report.html``, finished fits); a new folder by default.
    options : list of str
        Further options of the tool: ``["--folds", "3", "--jobs", "2"]``.
    verbose : bool
        Whether the tool's progress is shown.

    >>> from counterweight import compare
    >>> from sklearn.linear_model import LogisticRegression                              # doctest: +SKIP
    >>> document, frame, report = compare(LogisticRegression(), X, y, ["weights:balanced"])  # doctest: +SKIP
    """
    if not hasattr(estimator, "fit") or not (hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")):
        raise ValueError(f"estimator must have fit and predict_proba or decision_function; {estimator!r} has not.")
    table = Table(X)
    if table.kind not in ("array", "list", "pandas", "polars"):
        raise ValueError("compare takes arrays and frames; make a sparse matrix dense first.")
    labels = encode(y)
    if labels.codes.shape[0] != table.rows:
        raise ValueError(f"There are {table.rows} rows and {labels.codes.shape[0]} labels.")
    command = _command()
    folder = os.path.abspath(os.fspath(out)) if out is not None else tempfile.mkdtemp(prefix="counterweight-")
    os.makedirs(folder, exist_ok=True)
    names = [str(name) for name in table.names] if table.names else []
    target = next(name for name in ("target", "target_", "counterweight_target") if name not in names)
    data, job = os.path.join(folder, "data.csv"), os.path.join(folder, "estimator.pickle")
    _write_data(data, table, column(y, "y").tolist(), target)
    rows = table._array if table.kind == "list" else X
    try:
        with open(job, "wb") as file:
            pickle.dump({"estimator": estimator, "X": rows, "codes": labels.codes, "labels": [str(v) for v in labels.classes.tolist()]}, file, protocol=5)
    except (pickle.PicklingError, AttributeError, TypeError) as problem:
        raise ValueError(f"The estimator cannot be pickled for its own processes: {problem}") from None
    trainer = f"{shlex.quote(sys.executable)} -m counterweight._trainer {shlex.quote(job)}"
    arguments = [*command, "compare", data, "--target", target, "--trainer", f"{type(estimator).__name__}={trainer}", "--metric", metric, "--seed", str(seed),
                 "--out", folder]
    if remedies is not None:
        arguments += ["--remedies", remedies if isinstance(remedies, str) else ",".join(remedies)]
    arguments += [str(option) for option in options]
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    paths = [home, *(path for path in sys.path if path), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
    done = subprocess.run(arguments, env=environment, stdout=None if verbose else subprocess.PIPE, stderr=None if verbose else subprocess.PIPE, check=False)
    if done.returncode != 0:
        said = "" if verbose else done.stderr.decode("utf-8", "replace").strip()
        message = f"counterweight compare ended with exit code {done.returncode}{': ' + said[-2000:] if said else '.'}"
        raise (ValueError if done.returncode in (2, 3) else RuntimeError)(message)
    with open(os.path.join(folder, "comparison.json"), encoding="utf-8") as file:
        document = json.load(file)
    return Comparison(document, _frame(document), os.path.join(folder, "report.html"))


class _CallableModule(types.ModuleType):
    """A module that is its own function, so that both ``counterweight.compare(...)`` and ``from counterweight.compare import compare`` work."""

    def __call__(self, *arguments: Any, **named: Any) -> Comparison:
        return compare(*arguments, **named)


sys.modules[__name__].__class__ = _CallableModule
