"""A fit of 'counterweight compare' in PyTorch (docs/trainers.md). Lines that end with '# yours' are those to change."""
import csv, json, os, sys
import numpy as np, torch
from torch.nn import functional as F
job = json.load(open(os.environ["COUNTERWEIGHT_JOB"]))
loss, share, sampling = job["loss"] or {"name": "cross-entropy", "parameters": {}}, job["share"], job["sampling"]
def refuse(why): print(why, file=sys.stderr); sys.exit(78)
if job["protocol"] != 1: refuse("this program knows version 1 of the trainer contract")
if job["synthetic"]: refuse("made rows are not read by this program")
if loss["name"] not in ("cross-entropy", "focal", "logit-adjusted", "balanced-softmax"): refuse("this program has no loss " + loss["name"])
torch.manual_seed(job["seed"])
labels, prior = [c["label"] for c in job["classes"]], np.array([max(c["count"], 1) for c in job["classes"]], float)
train, validation, test = (np.load(job[part]) for part in ("train", "validation", "test"))
table = list(csv.DictReader(open(job["data"]["file"], newline="", encoding="utf-8-sig")))  # yours
def numbers(values):
    try: return np.array([float(v or "nan") for v in values])
    except ValueError: return np.unique(values, return_inverse=True)[1].astype(float)
left = [job["data"]["target"], *job["data"]["leaveOut"]]
x = np.stack([numbers([row[c] for row in table]) for c in table[0] if c not in left], 1)  # yours
x = torch.tensor(np.nan_to_num((x - np.nanmean(x[train], 0)) / (np.nanstd(x[train], 0) + 1e-9)), dtype=torch.float32)
known = {label: code for code, label in enumerate(labels)}
y = torch.tensor([known[table[i][job["data"]["target"]]] for i in train])
weights = torch.tensor(np.load(job["rowWeights"]) if job["rowWeights"] else np.array(job["classWeights"] or [1.0] * len(labels))[y], dtype=torch.float32)
adjust = torch.tensor(loss["parameters"].get("tau", 1) * np.log(prior / prior.sum()), dtype=torch.float32)
model = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 64), torch.nn.ReLU(), torch.nn.Linear(64, len(labels)))  # yours
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)  # yours
drawn = torch.from_numpy(np.load(sampling["epochs"])) if sampling else None
for epoch in range(max(1, round(20 * share))):  # yours
    for batch in (drawn[epoch % len(drawn)] if sampling else torch.randperm(len(train))).split(64):
        z = model(x[train[batch.numpy()]])
        if loss["name"] in ("logit-adjusted", "balanced-softmax"): z = z + adjust
        rows = F.cross_entropy(z, y[batch], reduction="none")
        if loss["name"] == "focal": rows = (1 - torch.exp(-rows)) ** loss["parameters"]["gamma"] * rows
        optimizer.zero_grad()
        ((rows * weights[batch]).sum() / weights[batch].sum()).backward()
        optimizer.step()
with torch.no_grad(): np.save(job["scores"], model(x[np.concatenate([validation, test])]).numpy())
json.dump({"kind": "logits"}, open(os.path.join(os.path.dirname(job["scores"]), "result.json"), "w"))
