"""A fit of 'counterweight compare' in Keras (docs/trainers.md). Lines that end with '# yours' are those to change."""
import csv, json, os, sys
import numpy as np
import keras

job = json.load(open(os.environ["COUNTERWEIGHT_JOB"]))
def refuse(why):
    print(why, file=sys.stderr)
    sys.exit(78)
if job["protocol"] != 1: refuse("this program knows version 1 of the trainer contract")
if job["loss"]: refuse("this program has no loss " + job["loss"]["name"])
if job["synthetic"]: refuse("made rows are not read by this program")
keras.utils.set_random_seed(job["seed"])
labels = [c["label"] for c in job["classes"]]
train, validation, test = (np.load(job[part]) for part in ("train", "validation", "test"))
table = list(csv.DictReader(open(job["data"]["file"], newline="", encoding="utf-8-sig")))  # yours
def numbers(values):
    try: return np.array([float(v or "nan") for v in values])
    except ValueError: return np.unique(values, return_inverse=True)[1].astype(float)
left = [job["data"]["target"], *job["data"]["leaveOut"]]
x = np.stack([numbers([row[c] for row in table]) for c in table[0] if c not in left], 1)  # yours
x = np.nan_to_num((x - np.nanmean(x[train], 0)) / (np.nanstd(x[train], 0) + 1e-9)).astype("float32")
known = {label: code for code, label in enumerate(labels)}
y = np.array([known[table[i][job["data"]["target"]]] for i in train])
weights = np.load(job["rowWeights"]) if job["rowWeights"] else np.array(job["classWeights"] or [1.0] * len(labels))[y]
model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(len(labels), activation="softmax")])  # yours
model.compile("adam", "sparse_categorical_crossentropy")  # yours
drawn = np.load(job["sampling"]["epochs"]) if job["sampling"] else None
for epoch in range(max(1, round(20 * job["share"]))):  # yours
    rows = drawn[epoch % len(drawn)] if drawn is not None else np.random.permutation(len(train))
    model.fit(x[train[rows]], y[rows], sample_weight=weights[rows], batch_size=64, shuffle=False, verbose=0)
np.save(job["scores"], model.predict(x[np.concatenate([validation, test])], verbose=0))
