"""Times imbalanced-learn's samplers and Counterweight's on the same rows in the same run, and prints a table of ratios.

    dotnet build -c Release bench/Counterweight.Benchmarks
    OMP_NUM_THREADS=2 python3 bench/peers/resampling.py [--rows N] [--columns D] [--dll PATH] [METHOD ...]

Counterweight runs before and after the peer, three times each after a warm-up (itself not counted); the peer runs as often as fits into
some seconds, at least once. The medians are compared.
"""
import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

import imblearn
import numpy as np
from imblearn import combine, over_sampling, under_sampling
from sklearn.datasets import make_classification

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = {
    "random-under": lambda: under_sampling.RandomUnderSampler(random_state=0),
    "near-miss-1": lambda: under_sampling.NearMiss(version=1),
    "near-miss-2": lambda: under_sampling.NearMiss(version=2),
    "near-miss-3": lambda: under_sampling.NearMiss(version=3),
    "tomek-links": lambda: under_sampling.TomekLinks(),
    "condensed-nn": lambda: under_sampling.CondensedNearestNeighbour(random_state=0),
    "one-sided-selection": lambda: under_sampling.OneSidedSelection(random_state=0),
    "enn": lambda: under_sampling.EditedNearestNeighbours(),
    "enn-mode": lambda: under_sampling.EditedNearestNeighbours(kind_sel="mode"),
    "repeated-enn": lambda: under_sampling.RepeatedEditedNearestNeighbours(),
    "all-knn": lambda: under_sampling.AllKNN(),
    "ncr": lambda: under_sampling.NeighbourhoodCleaningRule(),
    "instance-hardness": lambda: under_sampling.InstanceHardnessThreshold(random_state=0, n_jobs=2),
    "cluster-centroids": lambda: under_sampling.ClusterCentroids(random_state=0),
    "random-over": lambda: over_sampling.RandomOverSampler(random_state=0),
    "smote": lambda: over_sampling.SMOTE(random_state=0),
    "borderline-smote": lambda: over_sampling.BorderlineSMOTE(random_state=0),
    "borderline-smote-2": lambda: over_sampling.BorderlineSMOTE(random_state=0, kind="borderline-2"),
    "svm-smote": lambda: over_sampling.SVMSMOTE(random_state=0),
    "adasyn": lambda: over_sampling.ADASYN(random_state=0),
    "smote-enn": lambda: combine.SMOTEENN(random_state=0),
    "smote-tomek": lambda: combine.SMOTETomek(random_state=0),
}
DEFAULT = ["tomek-links", "enn", "enn-mode", "all-knn", "ncr", "near-miss-1", "near-miss-3", "one-sided-selection", "repeated-enn", "random-under"]

parser = argparse.ArgumentParser()
parser.add_argument("methods", nargs="*")
parser.add_argument("--rows", type=int, default=100_000)
parser.add_argument("--columns", type=int, default=20)
parser.add_argument("--seconds", type=float, default=10, help="repeat the peer while its runs take less than this")
parser.add_argument("--dll", default=ROOT / "artifacts/bin/Counterweight.Benchmarks/release/Counterweight.Benchmarks.dll")
options = parser.parse_args()

X, y = make_classification(n_samples=options.rows, n_features=options.columns, weights=[0.95], random_state=0)
X, y = X.astype(np.float32), y.astype(np.int32)
print(f"imbalanced-learn {imblearn.__version__}, {options.rows} x {options.columns} float32, classes {np.bincount(y).tolist()}", flush=True)
print("| method | imbalanced-learn, s | Counterweight, s | times faster | rows (peer, Counterweight) |\n|---|---|---|---|---|", flush=True)

with tempfile.TemporaryDirectory() as folder:
    X.tofile(pathlib.Path(folder) / "rows.bin")
    y.tofile(pathlib.Path(folder) / "labels.bin")

    def ours(method):
        command = ["dotnet", str(options.dll), "--quick", "resampling", folder, str(options.columns), "3", method]
        line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().split("\t")
        return [float(t) for t in line[1].split(",")], int(line[2])

    for method in options.methods or DEFAULT:
        mine, rows = ours(method)
        theirs = []
        while not theirs or (sum(theirs) < options.seconds and len(theirs) < 7):
            start = time.perf_counter()
            result = PEERS[method]().fit_resample(X, y)
            theirs.append(time.perf_counter() - start)
        mine += ours(method)[0]
        a, b = statistics.median(theirs), statistics.median(mine)
        print(f"| {method} | {a:.3g} | {b:.3g} | {a / b:.1f} | {len(result[1])}, {rows} |", flush=True)
