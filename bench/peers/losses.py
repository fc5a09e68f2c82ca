"""PyTorch beside the library: cross entropy (plain, weighted, smoothed) and binary cross entropy with logits, forward and backward, in milliseconds.

    dotnet build -c Release bench/Counterweight.Benchmarks
    OMP_NUM_THREADS=2 python3 bench/peers/losses.py [processor]

With "processor" both count processor time, for a machine that does other work. The library's quick benchmark runs right before and right after PyTorch, and the better of both counts for it, as the lower quartile of 40 rounds does for PyTorch.
"""
import os
import pathlib
import re
import subprocess
import sys
import time

import torch

SIZES = [(1024, 1000), (65536, 10), (4096, 100)]
NAMES = ["cross-entropy", "cross-entropy weighted", "cross-entropy smoothed", "bce-with-logits"]
CLOCK = time.process_time if "processor" in sys.argv else time.perf_counter
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "artifacts/bin/Counterweight.Benchmarks/release/Counterweight.Benchmarks"


def quartile(action, rounds=40, warm=35):
    for _ in range(warm):
        action()
    times = []
    for _ in range(rounds):
        start = CLOCK()
        action()
        times.append((CLOCK() - start) * 1000)
    return sorted(times)[rounds // 4]


def peer(rows, classes):
    torch.manual_seed(0)
    logits = (torch.randn(rows, classes) * 3).requires_grad_()
    target = torch.randint(0, classes, (rows,))
    labels = (torch.rand(rows, classes) < 0.1).float()
    weight = torch.rand(classes) + 0.5
    f = torch.nn.functional
    losses = {
        "cross-entropy": lambda: f.cross_entropy(logits, target),
        "cross-entropy weighted": lambda: f.cross_entropy(logits, target, weight),
        "cross-entropy smoothed": lambda: f.cross_entropy(logits, target, weight, label_smoothing=0.1),
        "bce-with-logits": lambda: f.binary_cross_entropy_with_logits(logits, labels, pos_weight=weight),
    }

    def step(loss):
        loss().backward()
        logits.grad = None

    return {name: quartile(lambda: step(losses[name])) for name in NAMES}


def library(threads):
    text = subprocess.run([PROGRAM, "--quick", "losses", f"threads={threads}", *sys.argv[1:], *NAMES], check=True, capture_output=True, text=True).stdout
    found, size = {}, None
    for line in text.splitlines():
        if head := re.match(r"(\d+) x (\d+),", line):
            size = (int(head[1]), int(head[2]))
        elif row := re.match(r"  (.+?)\s+([\d.]+) ms\s+([\d.]+) ms", line):
            found[size, row[1]] = float(row[3])
    return found


def main():
    threads = int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads()))
    torch.set_num_threads(threads)
    before = library(threads)
    peers = {size: peer(*size) for size in SIZES}
    after = library(threads)
    print(f"PyTorch {torch.__version__}, {threads} threads\n\n| size | loss | PyTorch ms | Counterweight ms | ratio |\n|---|---|---|---|---|")
    for size in SIZES:
        for name in NAMES:
            own = min(before[size, name], after[size, name])
            print(f"| {size[0]} x {size[1]} | {name} | {peers[size][name]:.3f} | {own:.3f} | {own / peers[size][name]:.2f} |")


main()
