"""PyTorch's plain and weighted cross entropy, forward and backward: median milliseconds at the sizes of LossBenchmarks."""
import json
import statistics
import time

import torch

SIZES = [(1024, 1000), (65536, 10), (4096, 100)]


def median(action, rounds=30, warm=10):
    for _ in range(warm):
        action()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def main():
    torch.manual_seed(0)
    for rows, classes in SIZES:
        logits = (torch.randn(rows, classes) * 3).requires_grad_()
        target = torch.randint(0, classes, (rows,))
        weight = torch.rand(classes) + 0.5

        def step(w):
            torch.nn.functional.cross_entropy(logits, target, w).backward()
            logits.grad = None

        print(json.dumps({"rows": rows, "classes": classes, "plain_ms": median(lambda: step(None)), "weighted_ms": median(lambda: step(weight))}))


main()
