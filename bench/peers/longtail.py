"""The peer's side of bench/longtail: the five main losses at ratio 100 (exponential) in PyTorch, with the same network, rows, rates and epochs.

Usage: OMP_NUM_THREADS=1 longtail.py PEER.csv [MINUTES] [FOLDER]. Finished trainings are kept in the file, so a stopped run goes on where it was.
"""
import csv
import gzip
import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
RATIO, LARGEST, EPOCHS, BATCH, RATE, WIDTH, CLASSES = 100, 6000, 10, 128, 0.1, 8, 10
METHODS = ["loss:cross-entropy", "loss:class-balanced", "loss:ldam-drw", "loss:logit-adjusted", "loss:focal"]


def read(folder, part):
    with gzip.open(f"{folder}/{part}-images-idx3-ubyte.gz") as f:
        images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    with gzip.open(f"{folder}/{part}-labels-idx1-ubyte.gz") as f:
        labels = np.frombuffer(f.read(), np.uint8, offset=8).astype(np.int64)
    return torch.from_numpy((images.astype(np.float32) / 255 - 0.2860) / 0.3530).float(), torch.from_numpy(labels)


class Block(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.main = nn.Sequential(nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(), nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b))
        self.shortcut = nn.Sequential(nn.Conv2d(a, b, 1, stride, bias=False), nn.BatchNorm2d(b)) if stride > 1 or a != b else nn.Identity()

    def forward(self, x):
        return F.relu(self.main(x) + self.shortcut(x))


class Cosines(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.weight = nn.Parameter(F.normalize(torch.randn(classes, features)))

    def forward(self, x):
        return F.linear(F.normalize(x), F.normalize(self.weight))


def network(cosine):
    return nn.Sequential(
        nn.Conv2d(1, WIDTH, 3, 2, 1, bias=False), nn.BatchNorm2d(WIDTH), nn.ReLU(), Block(WIDTH, WIDTH, 1), Block(WIDTH, 2 * WIDTH, 2), Block(2 * WIDTH, 4 * WIDTH, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), Cosines(4 * WIDTH, CLASSES) if cosine else nn.Linear(4 * WIDTH, CLASSES))


def effective(counts, beta):
    """Class-Balanced Loss (Cui et al., 2019), equation 2, scaled to sum K."""
    weights = (1 - beta) / (1 - beta ** counts)
    return (weights / weights.sum() * len(counts)).float()


def loss_of(method, counts):
    n = counts.double()
    if method == "loss:cross-entropy":
        return lambda z, y, late: F.cross_entropy(z, y)
    if method == "loss:class-balanced":
        weights = effective(n, 0.999)
        return lambda z, y, late: F.cross_entropy(z, y, weights)
    if method == "loss:logit-adjusted":
        offset = (n / n.sum()).log().float()
        return lambda z, y, late: F.cross_entropy(z + offset, y)
    if method == "loss:focal":
        def focal(z, y, late):
            entropy = F.cross_entropy(z, y, reduction="none")
            return ((1 - torch.exp(-entropy)) ** 2 * entropy).mean()
        return focal
    margins = n ** -0.25
    margins, weights = (margins * (0.5 / margins.max())).float(), effective(n, 0.9999)

    def ldam(z, y, late):
        shift = F.one_hot(y, CLASSES) * margins
        return F.cross_entropy(30 * (z - shift), y, weights if late else None)
    return ldam


def main():
    target, minutes = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else math.inf
    folder = sys.argv[3] if len(sys.argv) > 3 else "/usr/share/datasets/fashion-mnist"
    done = {(row["method"], int(row["seed"])) for row in csv.DictReader(open(target))} if os.path.exists(target) else set()
    if not done:
        with open(target, "w") as f:
            f.write("profile,ratio,method,seed,epoch-seconds," + ",".join(f"recall-{c}" for c in range(CLASSES)) + "\n")
    begin = time.time()
    (images, labels), (test_images, test_labels) = read(folder, "train"), read(folder, "t10k")
    of_class = [torch.nonzero(labels == c).flatten() for c in range(CLASSES)]
    for seed in range(3):
        counts = [round(LARGEST * RATIO ** (-c / (CLASSES - 1))) for c in range(CLASSES)]
        rows = torch.cat([of_class[c][(seed * 1000 + torch.arange(counts[c])) % len(of_class[c])] for c in range(CLASSES)])
        x, y = images[rows], labels[rows]
        for method in METHODS:
            if (method, seed) in done:
                continue
            if (time.time() - begin) / 60 > minutes:
                return
            torch.manual_seed(seed)
            model, loss = network("ldam" in method), loss_of(method, torch.tensor(counts))
            descent = torch.optim.SGD(model.parameters(), RATE, momentum=0.9, weight_decay=5e-4)
            steps, step = EPOCHS * math.ceil(len(y) / BATCH), 0
            model.train()
            start = time.process_time()
            for epoch in range(EPOCHS):
                for batch in torch.randperm(len(y)).split(BATCH):
                    descent.param_groups[0]["lr"] = RATE * min(1, 10 * (step + 1) / steps) * 0.5 * (1 + math.cos(math.pi * step / steps))
                    descent.zero_grad()
                    loss(model(x[batch]), y[batch], epoch >= round(0.8 * EPOCHS)).backward()
                    descent.step()
                    step += 1
            seconds = (time.process_time() - start) / EPOCHS
            model.eval()
            with torch.no_grad():
                predicted = torch.cat([model(part) for part in test_images.split(1000)]).argmax(1)
            recalls = [(predicted[test_labels == c] == c).double().mean().item() for c in range(CLASSES)]
            with open(target, "a") as f:
                f.write(f"exponential,{RATIO},{method},{seed},{seconds:.3f}," + ",".join(f"{r:.4f}" for r in recalls) + "\n")
            print(f"{method}, seed {seed}: {sum(recalls) / CLASSES:.4f}, {seconds:.2f} s an epoch", flush=True)


main()
