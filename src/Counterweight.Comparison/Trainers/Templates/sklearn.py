"""A fit of 'counterweight compare' in scikit-learn (docs/trainers.md). Lines that end with '# yours' are those to change."""
import csv, json, os, sys
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier  # yours

job = json.load(open(os.environ["COUNTERWEIGHT_JOB"]))
def refuse(why):
    print(why, file=sys.stderr)
    sys.exit(78)
if job["protocol"] != 1: refuse("this program knows version 1 of the trainer contract")
if job["loss"]: refuse("this model has no loss " + job["loss"]["name"])
if job["synthetic"]: refuse("made rows are not read by this program")
labels = [c["label"] for c in job["classes"]]
train, validation, test = (np.load(job[part]) for part in ("train", "validation", "test"))
table = list(csv.DictReader(open(job["data"]["file"], newline="", encoding="utf-8-sig")))  # yours
def numbers(values):
    try:
        return np.array([float(v or "nan") for v in values])
    except ValueError:
        return np.unique(values, return_inverse=True)[1].astype(float)
left = [job["data"]["target"], *job["data"]["leaveOut"]]
x = np.stack([numbers([row[c] for row in table]) for c in table[0] if c not in left], 1)  # yours
known = {label: code for code, label in enumerate(labels)}
y = np.array([known[table[i][job["data"]["target"]]] for i in train])
weights = np.load(job["rowWeights"]) if job["rowWeights"] else np.array(job["classWeights"] or [1.0] * len(labels))[y]
if job["sampling"]:  # a model that is fitted at once sees the rows of one drawn epoch
    drawn = np.load(job["sampling"]["epochs"])[0]
    train, y, weights = train[drawn], y[drawn], weights[drawn]
rounds = max(1, round(100 * job["share"]))
model = HistGradientBoostingClassifier(max_iter=rounds, random_state=job["seed"])  # yours
model.fit(x[train], y, sample_weight=weights)
scores = np.zeros((len(validation) + len(test), len(labels)))
scores[:, model.classes_] = model.predict_proba(x[np.concatenate([validation, test])])
np.save(job["scores"], scores)
