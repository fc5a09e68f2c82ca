"""Judges imbalanced-learn's ensembles and Counterweight's on the same folds of the sample data, and prints a table.

    dotnet build -c Release bench/ensembles
    OMP_NUM_THREADS=2 python3 bench/peers/ensembles.py [--repeats 10] [--speed] [--dll PATH]

Both get the same rows of the same stratified folds. imbalanced-learn has no categories: they become codes in the order of their text, for Counterweight too.
Balanced accuracy is of the most probable class; average precision of the rarer class, or the mean over classes. A cell is the mean over folds and, in
brackets, the standard deviation of the means of repeats. --speed times fitting and predicting on 100,000 x 20 instead.
"""
import argparse
import csv
import pathlib
import statistics
import subprocess
import tempfile
import time
import warnings

import numpy as np
from imblearn import ensemble
from sklearn.datasets import make_classification
from sklearn.metrics import average_precision_score, balanced_accuracy_score
from sklearn.model_selection import RepeatedStratifiedKFold

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = {
    "EasyEnsemble": lambda s: ensemble.EasyEnsembleClassifier(n_estimators=10, random_state=s, n_jobs=2),
    "BalancedBagging": lambda s: ensemble.BalancedBaggingClassifier(n_estimators=10, random_state=s, n_jobs=2),
    "BalancedRandomForest": lambda s: ensemble.BalancedRandomForestClassifier(n_estimators=100, random_state=s, n_jobs=2),
    "RUSBoost": lambda s: ensemble.RUSBoostClassifier(n_estimators=50, random_state=s),
}
OURS = {
    "ensemble:easy": "EasyEnsemble",
    "ensemble:balanced-bagging": "BalancedBagging",
    "ensemble:balanced-forest": "BalancedRandomForest",
    "ensemble:rus-boost": "RUSBoost",
    "ensemble:under-bagging": None,
    "ensemble:self-paced": None,
    "ensemble:balance-cascade": None,
    "ensemble:smote-bagging": None,
    "ensemble:smote-boost": None,
    "none": None,
}
SETS = [("lending-club", "Class"), ("hpc-jobs", "class")]


def encoded(name, target):
    with open(ROOT / "samples" / f"{name}.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [c for c in rows[0] if c != target]
    x = np.empty((len(rows), len(columns)))
    for j, column in enumerate(columns):
        try:
            x[:, j] = [float(r[column]) for r in rows]
        except ValueError:
            x[:, j] = np.unique([r[column] for r in rows], return_inverse=True)[1]
    return x, np.array([r[target] for r in rows])


def write(path, x, y):
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow([f"x{i}" for i in range(x.shape[1])] + ["target"])
        out.writerows([*map(repr, row.tolist()), label] for row, label in zip(x, y))


def summary(values, repeats):
    means = np.asarray(values).reshape(repeats, -1, 2).mean(axis=1)
    return means.mean(axis=0), means.std(axis=0, ddof=1) if repeats > 1 else np.zeros(2)


def cells(mean, deviation):
    return " | ".join(f"{m:.4f} ({d:.4f})" for m, d in zip(mean, deviation))


def quality(dll, repeats, chosen):
    for name, target in SETS:
        x, y = encoded(name, target)
        labels, counts = np.unique(y, return_counts=True)
        splits = list(RepeatedStratifiedKFold(n_splits=5, n_repeats=repeats, random_state=0).split(x, y))
        print(f"\n{name}, {repeats} x 5 folds\n\n| ensemble | balanced accuracy | average precision | imbalanced-learn: balanced accuracy | average precision |\n|---|---|---|---|---|", flush=True)
        folds = np.zeros((len(y), repeats), dtype=int)
        for i, (_, test) in enumerate(splits):
            folds[test, i // 5] = i % 5
        peers = {}
        for peer, make in PEERS.items():
            if peer not in [OURS[c] for c in chosen]:
                continue
            values = []
            for i, (train, test) in enumerate(splits):
                model = make(i).fit(x[train], y[train])
                p = model.predict_proba(x[test])
                truth = y[test]
                rare = [int(np.argmin(counts))] if len(labels) == 2 else range(len(labels))
                values.append((balanced_accuracy_score(truth, model.predict(x[test])),
                               np.mean([average_precision_score(truth == labels[c], p[:, c]) for c in rare])))
            peers[peer] = summary(values, repeats)
        with tempfile.TemporaryDirectory() as folder:
            write(f"{folder}/data.csv", x, y)
            np.savetxt(f"{folder}/folds.txt", folds, fmt="%d", delimiter=",")
            for remedy in chosen:
                out = subprocess.run(["dotnet", dll, f"{folder}/data.csv", "target", f"{folder}/folds.txt", remedy], check=True, capture_output=True, text=True).stdout
                ours = summary([[float(v) for v in line.split()[-2:]] for line in out.splitlines()], repeats)
                peer = peers.get(OURS[remedy])
                print(f"| {remedy} | {cells(*ours)} | {cells(*peer) if peer else '- | -'} |", flush=True)


def speed(dll):
    x, y = make_classification(100_000, 20, n_informative=10, weights=[0.95], random_state=0)
    print("| ensemble | Counterweight s | imbalanced-learn s | times faster |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        write(f"{folder}/data.csv", x, y)
        for remedy in ("ensemble:easy", "ensemble:balanced-forest"):
            out = subprocess.run(["dotnet", dll, "--time", f"{folder}/data.csv", "target", "2", remedy], check=True, capture_output=True, text=True).stdout
            ours = statistics.median(float(line.split()[-1]) for line in out.splitlines())
            peer = []
            for run in range(3):
                started = time.perf_counter()
                PEERS[OURS[remedy]](run).fit(x, y).predict_proba(x)
                peer.append(time.perf_counter() - started)
            print(f"| {remedy} | {ours:.2f} | {statistics.median(peer):.2f} | {statistics.median(peer) / ours:.1f} |", flush=True)


parser = argparse.ArgumentParser()
parser.add_argument("--repeats", type=int, default=10)
parser.add_argument("--speed", action="store_true")
parser.add_argument("--only", nargs="*", default=list(OURS))
parser.add_argument("--dll", default=str(ROOT / "artifacts/bin/Counterweight.EnsembleBench/release/Counterweight.EnsembleBench.dll"))
arguments = parser.parse_args()
speed(arguments.dll) if arguments.speed else quality(arguments.dll, arguments.repeats, arguments.only)
