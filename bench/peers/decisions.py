"""Times numpy's and scikit-learn's way to tune a threshold and to calibrate beside Counterweight's, on the same rows in the same run.

    dotnet build -c Release bench/Counterweight.Benchmarks
    python3 bench/peers/decisions.py [rows] [path of Counterweight.Benchmarks.dll]

scikit-learn 1.2 has no exact threshold search; the usual way is its precision-recall or ROC curve over all thresholds and an argmax, which is what
is timed here.
"""
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression

ROOT = pathlib.Path(__file__).resolve().parents[2]
rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
program = sys.argv[2] if len(sys.argv) > 2 else ROOT / "artifacts/bin/Counterweight.Benchmarks/release/Counterweight.Benchmarks.dll"

random = np.random.default_rng(0)
truth = (random.random(rows) < 0.02).astype(np.int32)
scores = 1 / (1 + np.exp(2 - random.standard_normal(rows) - 1.5 * truth))
weights = random.random(rows)


def best_f1(sample_weight=None):
    precision, recall, thresholds = metrics.precision_recall_curve(truth, scores, sample_weight=sample_weight)
    with np.errstate(invalid="ignore"):
        f1 = 2 * precision * recall / (precision + recall)
    return thresholds[np.nanargmax(f1[:-1])]


def from_roc(value):
    fpr, tpr, thresholds = metrics.roc_curve(truth, scores, drop_intermediate=False)
    positives = truth.sum()
    return thresholds[1:][np.argmax(value(tpr[1:] * positives, fpr[1:] * (rows - positives), positives, rows - positives))]


def mcc(tp, fp, p, n):
    return (tp * (n - fp) - fp * (p - tp)) / np.sqrt((tp + fp) * p * n * (p + n - tp - fp) + 1e-300)


def constrained():
    precision, recall, thresholds = metrics.precision_recall_curve(truth, scores)
    return thresholds[np.argmax(np.where(recall[:-1] >= 0.8, precision[:-1], -1))]


peers = {
    "tune f1": best_f1,
    "tune f1, weighted": lambda: best_f1(weights),
    "tune mcc": lambda: from_roc(mcc),
    "tune expected cost": lambda: from_roc(lambda tp, fp, p, n: -(fp + 20 * (p - tp))),
    "tune precision, recall >= 0.8": constrained,
    "isotonic fit": lambda: IsotonicRegression(out_of_bounds="clip").fit(scores, truth.astype(float)).predict([0.3])[0],
    "Platt fit": lambda: _SigmoidCalibration().fit(scores, truth).a_,
}

with tempfile.TemporaryDirectory() as folder:
    for name, values in dict(truth=truth, scores=scores, weights=weights).items():
        values.tofile(pathlib.Path(folder) / f"{name}.bin")

    def ours():
        lines = subprocess.run(["dotnet", str(program), "--quick", "decisions", folder, "3"], check=True, capture_output=True, text=True).stdout
        return {name: (float(ms), float(value)) for name, ms, value in (line.split("\t") for line in lines.strip().splitlines())}

    before = ours()
    theirs = {}
    for name, run in peers.items():
        start = time.perf_counter()
        value = run()
        theirs[name] = ((time.perf_counter() - start) * 1000, float(value))
    after = ours()

print(f"{rows} rows, scikit-learn {sklearn.__version__}, numpy {np.__version__}\n")
print("| what | numpy and scikit-learn, ms | Counterweight, ms (before, after) | times faster | difference of the results |")
print("|---|---:|---:|---:|---:|")
for name, (ms, value) in theirs.items():
    (first, mine), (second, _) = before[name], after[name]
    print(f"| {name} | {ms:.0f} | {first:.0f}, {second:.0f} | {ms / max(first, second):.1f} | {abs(mine - value) / max(1, abs(value)):.0e} |")
