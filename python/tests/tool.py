"""What of 'counterweight compare --trainer' the tests of this package need: folds, jobs, scores read back, the document. It keeps to the trainer contract."""

import csv
import json
import os
import pathlib
import shlex
import subprocess
import sys

import numpy as np

arguments = sys.argv[1:]
assert arguments[0] == "compare"
options = dict(zip(arguments[2::2], arguments[3::2]))
out = pathlib.Path(options["--out"])
with open(arguments[1], newline="", encoding="utf-8") as file:
    table = list(csv.reader(file))
target = table[0].index(options["--target"])
labels = [row[target] for row in table[1:]]
names = sorted(set(labels))
codes = np.array([names.index(label) for label in labels])
name, command = options["--trainer"].split("=", 1)
candidates = []
for remedy in options["--remedies"].split(","):
    if remedy.split(":")[0] not in ("none", "weights", "sampler", "loss"):
        print(f"There is no remedy '{remedy}'.", file=sys.stderr)
        sys.exit(2)
    values, status, reason = [], "done", None
    for fold in range(2):
        folder = out / "fits" / f"{len(candidates)}-{fold}"
        folder.mkdir(parents=True)
        rows = np.arange(len(codes))
        parts = {"train": rows[(rows % 4 != fold) & (rows % 4 != 3)], "validation": rows[rows % 4 == 3], "test": rows[rows % 4 == fold]}
        for part, own in parts.items():
            np.save(folder / f"{part}.npy", own.astype("<i8"))
        counts = np.bincount(codes[parts["train"]], minlength=len(names))
        sampling = None
        if remedy.startswith("sampler:"):
            p = (1 / counts)[codes[parts["train"]]]
            np.save(folder / "epochs.npy", np.random.default_rng(fold).choice(len(p), size=(3, len(p)), p=p / p.sum()).astype("<i8"))
            sampling = {"weights": None, "replacement": True, "draws": len(p), "epochs": str(folder / "epochs.npy")}
        job = {
            "protocol": 1, "fit": f"{len(candidates)}-{fold}", "remedy": remedy, "fold": fold, "repeat": 0, "seed": 5 + fold,
            "data": {"file": arguments[1], "format": "csv", "target": options["--target"]},
            "classes": [{"label": n, "count": int(c)} for n, c in zip(names, counts)], **{part: str(folder / f"{part}.npy") for part in parts},
            "classWeights": (counts.sum() / (len(names) * counts)).tolist() if remedy.startswith("weights:") else None, "rowWeights": None,
            "sampling": sampling, "loss": {"name": "focal", "parameters": {"gamma": 2}, "prior": None} if remedy.startswith("loss:") else None,
            "synthetic": None, "share": 1, "tables": None, "scores": str(folder / "scores.npy"),
        }
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        environment = {**os.environ, "COUNTERWEIGHT_JOB": str(folder / "job.json"), "COUNTERWEIGHT_SEED": str(job["seed"])}
        done = subprocess.run(shlex.split(command), env=environment, capture_output=True, text=True)
        if done.returncode == 78:
            status, reason = "refused", done.stderr.strip().splitlines()[-1]
            break
        if done.returncode != 0:
            print(done.stderr, file=sys.stderr)
            sys.exit(1)
        scores = np.load(folder / "scores.npy")[len(parts["validation"]):]
        decided, truth = scores.argmax(axis=1), codes[parts["test"]]
        values.append(float(np.mean([(decided[truth == c] == c).mean() for c in range(len(names))])))
    candidates.append({"learner": name, "remedy": remedy, "status": status, "mean": float(np.mean(values)) if values else None, "metrics": {},
                       "reason": reason, "foldValues": values})
(out / "comparison.json").write_text(json.dumps({"metric": options["--metric"], "candidates": candidates, "recommendation": {}}), encoding="utf-8")
(out / "report.html").write_text("<!doctype html><title>report</title>", encoding="utf-8")
