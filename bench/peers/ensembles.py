"""Judges imbalanced-learn's ensembles and Counterweight's on the same folds of several data sets, and prints tables.

    dotnet build -c Release bench/ensembles
    OMP_NUM_THREADS=2 python3 bench/peers/ensembles.py [--data FOLDER] [--repeats 10] [--out results.csv]
    OMP_NUM_THREADS=2 python3 bench/peers/ensembles.py --speed

Both get the same rows of the same stratified folds. imbalanced-learn has no categories and takes no gaps: categories become codes in the order of their text, gaps
the median of the column, for Counterweight too. Balanced accuracy is of the most probable class; average precision of the rarer class, or the mean over classes.
--data is searched for NAME.csv besides samples/. Finished folds are kept in --out, so that an interrupted run goes on; --side runs the peer or Counterweight alone; --table prints the tables of what is there.
--speed times fitting and predicting on 100,000 x 20 at equal members.

A cell is the mean over all folds and, in brackets, its standard error (standard deviation over folds / root of their number). 'apart' is Counterweight less the
peer, fold by fold; its standard error is that of Nadeau and Bengio (2003), which allows for folds that share training rows.
"""
import argparse
import collections
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
    "EasyEnsemble": lambda s, jobs: ensemble.EasyEnsembleClassifier(n_estimators=10, random_state=s, n_jobs=jobs),
    "BalancedBagging": lambda s, jobs: ensemble.BalancedBaggingClassifier(n_estimators=10, random_state=s, n_jobs=jobs),
    "BalancedRandomForest": lambda s, jobs: ensemble.BalancedRandomForestClassifier(n_estimators=100, random_state=s, n_jobs=jobs),
    "RUSBoost": lambda s, jobs: ensemble.RUSBoostClassifier(n_estimators=50, random_state=s),
}
OURS = {
    "ensemble:easy": "EasyEnsemble",
    "ensemble:balanced-bagging": "BalancedBagging",
    "ensemble:balanced-forest": "BalancedRandomForest",
    "ensemble:rus-boost": "RUSBoost",
}
OTHERS = ["ensemble:under-bagging", "ensemble:self-paced", "ensemble:balance-cascade", "ensemble:smote-bagging", "ensemble:smote-boost", "none"]
SETS = [("lending-club", "Class"), ("hpc-jobs", "class"), ("glass", "Type"), ("attrition", "Attrition"), ("mlc-churn", "churn"), ("credit-data", "Status"), ("satellite", "classes"), ("shuttle", "Class")]


def encoded(path, target):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [c for c in rows[0] if c != target]
    x = np.empty((len(rows), len(columns)))
    for j, column in enumerate(columns):
        values = [r[column] for r in rows]
        try:
            x[:, j] = [float(v) if v not in ("", "NA") else np.nan for v in values]
            x[np.isnan(x[:, j]), j] = np.nanmedian(x[:, j])
        except ValueError:
            x[:, j] = np.unique(values, return_inverse=True)[1]
    return x, np.array([r[target] for r in rows])


def write(path, x, y):
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow([f"x{i}" for i in range(x.shape[1])] + ["target"])
        out.writerows([*map(repr, row.tolist()), f"c{label}"] for row, label in zip(x, y))


def known(store):
    done = collections.defaultdict(dict)
    if pathlib.Path(store).exists():
        with open(store, newline="") as file:
            for name, method, fold, accuracy, precision in csv.reader(file):
                done[name, method][int(fold)] = (float(accuracy), float(precision))
    return done


def judged_peer(make, x, y, train, test, seed, jobs):
    labels, counts = np.unique(y, return_counts=True)
    model = make(seed, jobs).fit(x[train], y[train])
    p = model.predict_proba(x[test])
    rare = [int(np.argmin(counts))] if len(labels) == 2 else range(len(labels))
    return balanced_accuracy_score(y[test], model.predict(x[test])), np.mean([average_precision_score(y[test] == labels[c], p[:, c]) for c in rare])


def quality(a):
    folders = [ROOT / "samples", *map(pathlib.Path, a.data)]
    found = [(name, target, path) for name, target in SETS if name in a.sets for path in [next((f / f"{name}.csv" for f in folders if (f / f"{name}.csv").exists()), None)] if path]
    done = known(a.out)
    with open(a.out, "a", newline="") as file, tempfile.TemporaryDirectory() as folder:
        store = csv.writer(file)

        def keep(name, method, fold, values):
            done[name, method][fold] = values = tuple(map(float, values))
            store.writerow([name, method, fold, *(f"{v:.6f}" for v in values)])
            file.flush()

        data = {}
        for name, target, path in found:
            x, y = encoded(path, target)
            if a.rows and len(y) > a.rows:
                chosen = np.sort(np.random.default_rng(0).permutation(len(y))[: a.rows])
                x, y = x[chosen], y[chosen]
            splits = list(RepeatedStratifiedKFold(n_splits=5, n_repeats=a.repeats, random_state=0).split(x, y))
            folds = np.zeros((len(y), a.repeats), dtype=int)
            for i, (_, test) in enumerate(splits):
                folds[test, i // 5] = i % 5
            write(f"{folder}/{name}.csv", x, y)
            np.savetxt(f"{folder}/{name}.folds", folds, fmt="%d", delimiter=",")
            data[name] = (x, y, splits)
        for repeat in range(a.repeats):
            for name, (x, y, splits) in data.items():
                own = range(repeat * 5, repeat * 5 + 5)
                for remedy in a.only:
                    peer = OURS.get(remedy)
                    for i in own:
                        if peer and a.side != "ours" and i not in done[name, peer]:
                            keep(name, peer, i, judged_peer(PEERS[peer], x, y, *splits[i], i, a.jobs))
                    if a.side == "peer" or all(i in done[name, remedy] for i in own):
                        continue
                    lines = subprocess.run(
                        ["dotnet", a.dll, f"{folder}/{name}.csv", "target", f"{folder}/{name}.folds", str(repeat), remedy], check=True, capture_output=True, text=True).stdout.splitlines()
                    for i, line in zip(own, lines):
                        keep(name, remedy, i, map(float, line.split()[-2:]))
    table(a)


def table(a):
    done = known(a.out)
    worst = []
    for name, _ in SETS:
        rows = []
        for remedy in [*OURS, *OTHERS]:
            mine, peer = done.get((name, remedy), {}), done.get((name, OURS.get(remedy)), {})
            both = sorted(mine.keys() & peer.keys()) if peer else sorted(mine)
            if not both:
                continue
            cells = [f"{remedy} ({len(both)} folds)"]
            m = np.array([mine[i] for i in both])
            error = lambda v: v.std(axis=0, ddof=1) / np.sqrt(len(v)) if len(v) > 1 else np.zeros(2)
            for k in range(2):
                cells.append(f"{m[:, k].mean():.4f} ({error(m)[k]:.4f})")
                if not peer:
                    cells += ["-", "-"]
                    continue
                p = np.array([peer[i] for i in both])
                apart = m[:, k] - p[:, k]
                corrected = apart.std(ddof=1) * np.sqrt(1 / len(both) + 0.25) if len(both) > 1 else 0
                cells += [f"{p[:, k].mean():.4f} ({error(p)[k]:.4f})", f"{apart.mean():+.4f} ({corrected:.4f})"]
                worst.append((apart.mean() + error(p)[k], apart.mean() + corrected, name, remedy, ("balanced accuracy", "average precision")[k]))
            rows.append("| " + " | ".join(cells) + " |")
        if rows:
            print(f"\n### {name}\n\n| ensemble | balanced accuracy | imbalanced-learn | apart | average precision | imbalanced-learn | apart |\n|---|---|---|---|---|---|---|")
            print("\n".join(rows), flush=True)
    for label, column in (("its standard error over folds", 0), ("the corrected standard error of the difference", 1)):
        below = [w[2:] for w in worst if w[column] < 0]
        print(f"\nMore than {label} below the peer: {len(below)} of {len(worst)}", *(f"- {n}, {r}, {metric}" for n, r, metric in below), sep="\n")


def speed(a):
    x, y = make_classification(100_000, 20, n_informative=10, weights=[0.95], random_state=0)
    print("| ensemble | members | Counterweight s | imbalanced-learn s | times faster |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        write(f"{folder}/data.csv", x, y)
        for remedy, members in (("ensemble:easy", 10), ("ensemble:balanced-forest", 100)):
            if remedy not in a.only:
                continue
            out = subprocess.run(["dotnet", a.dll, "--time", f"{folder}/data.csv", "target", "2", remedy], check=True, capture_output=True, text=True).stdout
            ours = statistics.median(float(line.split()[-1]) for line in out.splitlines())
            peer = []
            for run in range(3):
                started = time.perf_counter()
                PEERS[OURS[remedy]](run, 2).fit(x, y).predict_proba(x)
                peer.append(time.perf_counter() - started)
            print(f"| {remedy} | {members} | {ours:.2f} | {statistics.median(peer):.2f} | {statistics.median(peer) / ours:.1f} |", flush=True)


parser = argparse.ArgumentParser()
parser.add_argument("--repeats", type=int, default=10)
parser.add_argument("--rows", type=int, default=0, help="take so many rows of a larger set, drawn at random, for both")
parser.add_argument("--jobs", type=int, default=2)
parser.add_argument("--speed", action="store_true")
parser.add_argument("--table", action="store_true")
parser.add_argument("--side", choices=["both", "ours", "peer"], default="both")
parser.add_argument("--only", nargs="*", default=list(OURS))
parser.add_argument("--sets", nargs="*", default=[name for name, _ in SETS])
parser.add_argument("--data", action="append", default=[])
parser.add_argument("--out", default="ensembles.csv")
parser.add_argument("--dll", default=str(ROOT / "artifacts/bin/Counterweight.EnsembleBench/release/Counterweight.EnsembleBench.dll"))
arguments = parser.parse_args()
(speed if arguments.speed else table if arguments.table else quality)(arguments)
