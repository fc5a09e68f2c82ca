"""Times scikit-learn's metrics and Counterweight's on the same rows in the same run, and prints a table of ratios.

    dotnet build -c Release bench/Counterweight.Benchmarks
    python3 bench/peers/metrics.py [rows] [path of Counterweight.Benchmarks.dll]
"""
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import sklearn
from sklearn import metrics

ROOT = pathlib.Path(__file__).resolve().parents[2]
rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
program = sys.argv[2] if len(sys.argv) > 2 else ROOT / "artifacts/bin/Counterweight.Benchmarks/release/Counterweight.Benchmarks.dll"

random = np.random.default_rng(0)
truth = (random.random(rows) < 0.02).astype(np.int32)
scores = 1 / (1 + np.exp(2 - random.standard_normal(rows) - 1.5 * truth))
predicted = (scores >= 0.3).astype(np.int32)
weights = random.random(rows)
truth10 = random.integers(0, 10, rows, dtype=np.int32)
predicted10 = np.where(random.random(rows) < 0.7, truth10, random.integers(0, 10, rows, dtype=np.int32)).astype(np.int32)
singles = scores.astype(np.float32)

peers = {
    "roc-auc": lambda: metrics.roc_auc_score(truth, scores),
    "roc-auc, float32": lambda: metrics.roc_auc_score(truth, singles),
    "roc-auc, weighted": lambda: metrics.roc_auc_score(truth, scores, sample_weight=weights),
    "average-precision": lambda: metrics.average_precision_score(truth, scores),
    "roc curve": lambda: len(metrics.roc_curve(truth, scores, drop_intermediate=False)[0]),
    "confusion matrix": lambda: metrics.confusion_matrix(truth, predicted)[1, 1],
    "confusion matrix, weighted": lambda: metrics.confusion_matrix(truth, predicted, sample_weight=weights)[1, 1],
    "confusion matrix, 10 classes": lambda: metrics.confusion_matrix(truth10, predicted10)[1, 1],
    "balanced-accuracy": lambda: metrics.balanced_accuracy_score(truth, predicted),
    "f1": lambda: metrics.f1_score(truth, predicted),
    "mcc": lambda: metrics.matthews_corrcoef(truth, predicted),
    "log-loss": lambda: metrics.log_loss(truth, scores),
    "brier": lambda: metrics.brier_score_loss(truth, scores),
}

with tempfile.TemporaryDirectory() as folder:
    for name, values in dict(truth=truth, predicted=predicted, scores=scores, weights=weights, truth10=truth10, predicted10=predicted10).items():
        values.tofile(pathlib.Path(folder) / f"{name}.bin")

    def ours():
        lines = subprocess.run(["dotnet", str(program), "--quick", "metrics", folder], check=True, capture_output=True, text=True).stdout
        return {name: (float(ms), float(value)) for name, ms, value in (line.split("\t") for line in lines.strip().splitlines())}

    before = ours()
    theirs = {}
    for name, run in peers.items():
        times = []
        for _ in range(3 if rows <= 1_000_000 else 1):
            start = time.perf_counter()
            value = run()
            times.append((time.perf_counter() - start) * 1000)
        theirs[name] = (sorted(times)[len(times) // 2], float(value))
    after = ours()

print(f"{rows} rows, scikit-learn {sklearn.__version__}, numpy {np.__version__}\n")
print("| metric | scikit-learn, ms | Counterweight, ms (before, after) | times faster | difference of the values |")
print("|---|---:|---:|---:|---:|")
for name, (ms, value) in theirs.items():
    (first, mine), (second, _) = before[name], after[name]
    print(f"| {name} | {ms:.0f} | {first:.1f}, {second:.1f} | {ms / max(first, second):.0f} | {abs(mine - value) / max(1, abs(value)):.0e} |")
