"""Times numpy's bincount and Counterweight's class counts on labels of the same distribution in the same run.

    dotnet build -c Release bench/Counterweight.Benchmarks
    python3 bench/peers/counts.py [rows] [path of Counterweight.Benchmarks.dll]
"""
import collections
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000_000
program = sys.argv[2] if len(sys.argv) > 2 else ROOT / "artifacts/bin/Counterweight.Benchmarks/release/Counterweight.Benchmarks.dll"


def median(run, repeats=7):
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


random = np.random.default_rng(0)
skewed = np.where(random.random(rows) < 1 / 16, random.integers(0, 10, rows), 0).astype(np.int64)
equal = (np.arange(rows, dtype=np.int64) * 2654435761) % 1009 % 10
words = np.array([f"class number {c}" for c in range(10)], dtype=object)
texts = list(words[skewed[: min(rows, 10_000_000)]])
peer = {
    "long labels, mostly class 0": ("np.bincount", median(lambda: np.bincount(skewed))),
    "long labels, ten equal classes": ("np.bincount", median(lambda: np.bincount(equal))),
    "text labels, a tenth of the rows": ("collections.Counter", median(lambda: collections.Counter(texts), 3)),
}
del skewed, equal, texts
own = dict(line.split("\t") for line in subprocess.run(["dotnet", str(program), "--quick", "counts", str(rows)], check=True, capture_output=True, text=True).stdout.splitlines())
print(f"| {rows:,} rows | peer | ms | Counterweight ms | ratio |\n|---|---|---|---|---|")
for name, (what, took) in peer.items():
    print(f"| {name} | {what} | {took:.0f} | {float(own[name]):.0f} | {took / float(own[name]):.1f} |")
