"""The peer's side of the sampler benchmark: answers each request on standard input with the seconds it took.

Usage: samplers.py WEIGHTS, a file of doubles. Requests: multinomial, sampler, without.
"""
import sys
import time

import numpy
import torch
from torch.utils.data import WeightedRandomSampler

torch.set_num_threads(2)
weights = torch.from_numpy(numpy.fromfile(sys.argv[1]))
million = weights[:1_000_000].clone()


def iterate():
    # torch's sampler refuses nothing up to 2^24 rows; its list of draws is its own
    for _ in WeightedRandomSampler(weights, len(weights)):
        pass


requests = {
    "multinomial": lambda: torch.multinomial(weights, len(weights), replacement=True),
    "sampler": iterate,
    "without": lambda: torch.multinomial(million, 100_000, replacement=False),
}
requests["without"]()
for line in sys.stdin:
    start = time.perf_counter()
    requests[line.strip()]()
    print(time.perf_counter() - start, flush=True)
