"""A fit of 'counterweight compare' with Hugging Face's Trainer (docs/trainers.md). Lines that end with '# yours' are those to change."""
import csv, json, os, sys, tempfile
import numpy as np, torch, transformers
job = json.load(open(os.environ["COUNTERWEIGHT_JOB"]))
def refuse(why): print(why, file=sys.stderr); sys.exit(78)
if job["protocol"] != 1: refuse("this program knows version 1 of the trainer contract")
if job["loss"]: refuse("this program has no loss " + job["loss"]["name"])
if job["synthetic"]: refuse("made rows are not read by this program")
transformers.set_seed(job["seed"])
labels = [c["label"] for c in job["classes"]]
train, validation, test = (np.load(job[part]) for part in ("train", "validation", "test"))
table = list(csv.DictReader(open(job["data"]["file"], newline="", encoding="utf-8-sig")))  # yours
def numbers(values):
    try: return np.array([float(v or "nan") for v in values])
    except ValueError: return np.unique(values, return_inverse=True)[1].astype(float)
left = [job["data"]["target"], *job["data"]["leaveOut"]]
x = np.stack([numbers([row[c] for row in table]) for c in table[0] if c not in left], 1)
x = np.nan_to_num((x - np.nanmean(x[train], 0)) / (np.nanstd(x[train], 0) + 1e-9)).astype(np.float32)
known = {label: code for code, label in enumerate(labels)}
def inputs(row, weight=1.0): return {"features": x[row], "labels": known[table[row][job["data"]["target"]]], "weight": float(weight)}  # yours: tokens
class Model(torch.nn.Module):  # yours: AutoModelForSequenceClassification.from_pretrained(NAME, num_labels=len(labels))
    def __init__(self): super().__init__(); self.net = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 64), torch.nn.ReLU(), torch.nn.Linear(64, len(labels)))
    def forward(self, features, labels=None): return {"logits": self.net(features)}
classes, drawn = np.array([inputs(row)["labels"] for row in train]), job["sampling"]
weights = np.load(job["rowWeights"]) if job["rowWeights"] else np.array(job["classWeights"] or [1.0] * len(labels))[classes]
class Weighted(transformers.Trainer):
    def _get_train_sampler(self, *_):
        if not drawn: return super()._get_train_sampler(*_)
        return torch.utils.data.WeightedRandomSampler(np.load(drawn["weights"]), drawn["draws"], drawn["replacement"])
    def compute_loss(self, model, batch, return_outputs=False, **_):
        given, w = model(**{name: part for name, part in batch.items() if name != "weight"}), batch["weight"]
        loss = (torch.nn.functional.cross_entropy(given["logits"], batch["labels"], reduction="none") * w).sum() / w.sum()
        return (loss, {"loss": loss, **given}) if return_outputs else loss
arguments = transformers.TrainingArguments(tempfile.mkdtemp(), num_train_epochs=20 * job["share"], learning_rate=1e-3, seed=job["seed"],
    per_device_train_batch_size=64, save_strategy="no", report_to=[], disable_tqdm=True, remove_unused_columns=False)  # yours
trainer = Weighted(Model(), arguments, train_dataset=[inputs(*pair) for pair in zip(train, weights)])
trainer.train()
scored = trainer.predict([inputs(row) for row in np.concatenate([validation, test])]).predictions
np.save(job["scores"], scored[-1] if isinstance(scored, tuple) else scored)
json.dump({"kind": "logits"}, open(os.path.join(os.path.dirname(job["scores"]), "result.json"), "w"))
