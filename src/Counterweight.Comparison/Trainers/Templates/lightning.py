"""A fit of 'counterweight compare' in Lightning (docs/trainers.md). Lines that end with '# yours' are those to change."""
import csv, json, os, sys
import numpy as np, torch
try: import lightning.pytorch as lightning
except ImportError: import pytorch_lightning as lightning
job = json.load(open(os.environ["COUNTERWEIGHT_JOB"]))
def refuse(why): print(why, file=sys.stderr); sys.exit(78)
if job["protocol"] != 1: refuse("this program knows version 1 of the trainer contract")
if job["loss"]: refuse("this program has no loss " + job["loss"]["name"])
if job["synthetic"]: refuse("made rows are not read by this program")
lightning.seed_everything(job["seed"])
labels = [c["label"] for c in job["classes"]]
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
class Model(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 64), torch.nn.ReLU(), torch.nn.Linear(64, len(labels)))  # yours
    def training_step(self, batch, _):
        rows = torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1], reduction="none")
        return (rows * batch[2]).sum() / batch[2].sum()
    def configure_optimizers(self): return torch.optim.Adam(self.parameters(), lr=1e-3)  # yours
rows, drawn = torch.utils.data.TensorDataset(x[train], y, weights), job["sampling"]
sampler = torch.utils.data.WeightedRandomSampler(np.load(drawn["weights"]), drawn["draws"], drawn["replacement"]) if drawn else None
loader = torch.utils.data.DataLoader(rows, batch_size=64, shuffle=sampler is None, sampler=sampler)
model, epochs = Model(), max(1, round(20 * job["share"]))  # yours
lightning.Trainer(max_epochs=epochs, logger=False, enable_checkpointing=False, enable_progress_bar=False).fit(model, loader)
with torch.no_grad(): np.save(job["scores"], model.net(x[np.concatenate([validation, test])]).numpy())
json.dump({"kind": "logits"}, open(os.path.join(os.path.dirname(job["scores"]), "result.json"), "w"))
