"""A logistic regression as a training program of 'counterweight compare' (docs/trainers.md)."""
import csv, json, os, sys

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer

job = json.load(open(os.environ["COUNTERWEIGHT_JOB"]))
if job["protocol"] != 1 or job["loss"] or job["synthetic"]:
    print("a logistic regression takes weights, drawn rows and picked rows, and nothing else", file=sys.stderr)
    sys.exit(78)
labels = [c["label"] for c in job["classes"]]
train, validation, test = (np.load(job[part]) for part in ("train", "validation", "test"))
rows = list(csv.DictReader(open(job["data"]["file"], newline="", encoding="utf-8-sig")))
y = np.array([labels.index(rows[i][job["data"]["target"]]) for i in train])
columns = [c for c in rows[0] if c != job["data"]["target"]]
numeric = [k for k, c in enumerate(columns) if rows[0][c].replace(".", "", 1).isdigit()]
x = np.array([[row[c] for c in columns] for row in rows], dtype=object)
weights = np.array(job["classWeights"] or [1.0] * len(labels))[y]
if job["sampling"]:
    drawn = np.load(job["sampling"]["epochs"])[0]
    train, y, weights = train[drawn], y[drawn], weights[drawn]
model = make_pipeline(
    make_column_transformer(
        (QuantileTransformer(n_quantiles=200, output_distribution="normal"), numeric), remainder=OneHotEncoder(handle_unknown="ignore")),
    LogisticRegression(max_iter=max(10, round(500 * job["share"]))))
model.fit(x[train], y, logisticregression__sample_weight=weights)
np.save(job["scores"], model.predict_log_proba(x[np.concatenate([validation, test])]))
json.dump({"kind": "logits"}, open(os.path.join(os.path.dirname(job["scores"]), "result.json"), "w"))
