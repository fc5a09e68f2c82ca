"""A small convolutional network on Fashion-MNIST; the lines that end with '# job' are what 'counterweight compare' asks for (docs/trainers.md)."""
import csv, gzip, json, os, sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

job = json.load(open(os.environ["COUNTERWEIGHT_JOB"]))  # job
loss = job["loss"] or {"name": "cross-entropy"}  # job
if job["protocol"] != 1 or loss["name"] not in ("cross-entropy", "logit-adjusted", "balanced-softmax"):  # job
    print(f"this network has no loss {loss['name']}", file=sys.stderr)  # job
    sys.exit(78)  # job
torch.manual_seed(job["seed"])  # job
labels = [c["label"] for c in job["classes"]]  # job
train, validation, test = (np.load(job[part]) for part in ("train", "validation", "test"))  # job

rows = list(csv.DictReader(open(job["data"]["file"], newline="")))
numbers = np.array([int(row["image"]) for row in rows])
pixels = np.frombuffer(gzip.open("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz").read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
images = torch.tensor(pixels[numbers], dtype=torch.float32) / 255
known = {label: code for code, label in enumerate(labels)}
y = torch.tensor([known[rows[i]["label"]] for i in train])

counts = torch.tensor([float(c["count"]) for c in job["classes"]])  # job
weights = torch.tensor(job["classWeights"] or [1.0] * len(labels))  # job
adjust = torch.log(counts / counts.sum()) * loss.get("parameters", {}).get("tau", 1) if job["loss"] else 0  # job
drawn = torch.from_numpy(np.load(job["sampling"]["epochs"])) if job["sampling"] else None  # job

model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(32 * 49, 64), nn.ReLU(), nn.Linear(64, len(labels)))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(max(1, round(8 * job["share"]))):  # job
    order = drawn[epoch % len(drawn)] if drawn is not None else torch.randperm(len(train))  # job
    for batch in order.split(64):
        optimizer.zero_grad()
        F.cross_entropy(model(images[train[batch.numpy()]]) + adjust, y[batch], weight=weights).backward()
        optimizer.step()

with torch.no_grad():
    scores = torch.cat([model(part) for part in images[np.concatenate([validation, test])].split(512)])
np.save(job["scores"], scores.numpy())  # job
json.dump({"kind": "logits"}, open(os.path.join(os.path.dirname(job["scores"]), "result.json"), "w"))  # job
