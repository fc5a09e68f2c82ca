"""Times imbalanced-learn's samplers and Counterweight's on the same rows in the same run, and prints a table of ratios.

    dotnet build -c Release bench/Counterweight.Benchmarks
    OMP_NUM_THREADS=2 python3 bench/peers/resampling.py [--rows N] [--columns D] [--data plain|rich|mixed|codes] [--seconds S] [METHOD ...]

Counterweight runs before and after the peer (each time after a second and a half of runs that are not counted, so that the runtime has done compiling; one run if it
is longer), the peer once without being counted if that takes less than a second, then as often as fits into some seconds, at least once. Medians are compared, smallest and largest stand in brackets. `plain` rows have two informative columns, two that depend on them and
otherwise noise; `rich` ones have ten and five. In `mixed` rows the second half of the plain columns is cut into ten levels of equal size, in
`codes` all of them: for smote-nc and smoten, which run on nothing else. Exits with 1 if a method misses its limit and --strict is given.
"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import imblearn
import numpy as np
from imblearn import combine, over_sampling, under_sampling
from sklearn.datasets import make_classification

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = {
    "random-under": lambda s: under_sampling.RandomUnderSampler(random_state=s),
    "near-miss-1": lambda s: under_sampling.NearMiss(version=1),
    "near-miss-2": lambda s: under_sampling.NearMiss(version=2),
    "near-miss-3": lambda s: under_sampling.NearMiss(version=3),
    "tomek-links": lambda s: under_sampling.TomekLinks(),
    "condensed-nn": lambda s: under_sampling.CondensedNearestNeighbour(random_state=s),
    "one-sided-selection": lambda s: under_sampling.OneSidedSelection(random_state=s),
    "enn": lambda s: under_sampling.EditedNearestNeighbours(),
    "enn-mode": lambda s: under_sampling.EditedNearestNeighbours(kind_sel="mode"),
    "repeated-enn": lambda s: under_sampling.RepeatedEditedNearestNeighbours(),
    "all-knn": lambda s: under_sampling.AllKNN(),
    "ncr": lambda s: under_sampling.NeighbourhoodCleaningRule(),
    "instance-hardness": lambda s: under_sampling.InstanceHardnessThreshold(random_state=s, n_jobs=2),
    "cluster-centroids": lambda s: under_sampling.ClusterCentroids(random_state=s),
    "random-over": lambda s: over_sampling.RandomOverSampler(random_state=s),
    "random-over(shrinkage=1)": lambda s: over_sampling.RandomOverSampler(random_state=s, shrinkage=1.0),
    "smote": lambda s: over_sampling.SMOTE(random_state=s),
    "borderline-smote": lambda s: over_sampling.BorderlineSMOTE(random_state=s),
    "borderline-smote-2": lambda s: over_sampling.BorderlineSMOTE(random_state=s, kind="borderline-2"),
    "svm-smote": lambda s: over_sampling.SVMSMOTE(random_state=s),
    # The default threshold ends in an error on these rows.
    "kmeans-smote": lambda s: over_sampling.KMeansSMOTE(random_state=s, cluster_balance_threshold=0.05),
    "adasyn": lambda s: over_sampling.ADASYN(random_state=s),
    "smote-nc": lambda s: over_sampling.SMOTENC(categorical_features=categorical.tolist(), random_state=s),
    "smoten": lambda s: over_sampling.SMOTEN(random_state=s),
    "smote-enn": lambda s: combine.SMOTEENN(random_state=s),
    "smote-tomek": lambda s: combine.SMOTETomek(random_state=s),
}
LIMITS = {"tomek-links": 10, "enn": 10, "enn-mode": 10, "all-knn": 10, "ncr": 10, "repeated-enn": 10}

parser = argparse.ArgumentParser()
parser.add_argument("methods", nargs="*")
parser.add_argument("--rows", type=int, default=100_000)
parser.add_argument("--columns", type=int, default=20)
parser.add_argument("--data", choices=["plain", "rich", "mixed", "codes"], default="plain")
parser.add_argument("--seconds", type=float, default=10, help="repeat the peer while its runs take less than this together")
parser.add_argument("--most", type=int, default=9, help="the most runs of the peer")
parser.add_argument("--repeats", type=int, default=5, help="runs of Counterweight before the peer, and again after it")
parser.add_argument("--strict", action="store_true")
parser.add_argument("--dll", default=ROOT / "artifacts/bin/Counterweight.Benchmarks/release/Counterweight.Benchmarks.dll")
options = parser.parse_args()

shape = {"n_informative": 10, "n_redundant": 5, "flip_y": 0.01} if options.data == "rich" else {}
X, y = make_classification(n_samples=options.rows, n_features=options.columns, weights=[0.95], random_state=0, **shape)
X, y = X.astype(np.float32), y.astype(np.int32)
categorical = np.arange({"mixed": options.columns // 2, "codes": 0}.get(options.data, options.columns), options.columns, dtype=np.int32)
for column in categorical:
    X[:, column] = np.searchsorted(np.quantile(X[:, column], np.arange(1, 10) / 10), X[:, column])
print(f"imbalanced-learn {imblearn.__version__}, {options.rows} x {options.columns} float32 ({options.data}), classes {np.bincount(y).tolist()}", flush=True)
print("| method | imbalanced-learn, ms | Counterweight, ms | times faster | asked | rows (peer, Counterweight) |\n|---|---|---|---|---|---|", flush=True)


def figure(times):
    times = [1000 * t for t in times]
    if len(times) == 1:
        return f"{times[0]:,.4g} (one run)"
    return f"{statistics.median(times):,.4g} ({min(times):,.4g} to {max(times):,.4g})"


missed = []
with tempfile.TemporaryDirectory() as folder:
    X.tofile(pathlib.Path(folder) / "rows.bin")
    y.tofile(pathlib.Path(folder) / "labels.bin")
    categorical.tofile(pathlib.Path(folder) / "categorical.bin")

    def ours(method):
        command = ["dotnet", str(options.dll), "--quick", "resampling", folder, str(options.columns), str(options.repeats), method]
        line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().split("\t")
        return [float(t) for t in line[1].split(",")], int(line[2])

    for method in options.methods or [m for m in PEERS if m not in ("smote-nc", "smoten")]:
        mine, rows = ours(method)
        start = time.perf_counter()
        result = PEERS[method](0).fit_resample(X, y)
        theirs = [time.perf_counter() - start]
        if theirs[0] < 1:
            theirs = []
        while not theirs or (sum(theirs) < options.seconds and len(theirs) < options.most):
            sampler = PEERS[method](len(theirs))
            start = time.perf_counter()
            result = sampler.fit_resample(X, y)
            theirs.append(time.perf_counter() - start)
        mine += ours(method)[0]
        ratio, limit = statistics.median(theirs) / statistics.median(mine), LIMITS.get(method, 5)
        if ratio < limit:
            missed.append(method)
        print(
            f"| {method} | {figure(theirs)} | {figure(mine)} | {ratio:.1f} | {limit}{'' if ratio >= limit else ', missed'} | {len(result[1]):,}, {rows:,} |", flush=True)
if options.strict and missed:
    sys.exit(f"below the limit: {', '.join(missed)}")
