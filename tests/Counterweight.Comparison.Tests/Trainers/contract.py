"""A program that knows docs/trainers.md and the standard library alone: holds every field of its job against the page, and gives scores in one of four shapes."""
import csv
import json
import os
import random
import struct
import sys

path = os.environ["COUNTERWEIGHT_JOB"]
job = json.load(open(path))


def check(right, what):
    if not right:
        sys.exit(f"CONTRACT: {what}")


def npy(name):
    data = open(name, "rb").read()
    length = struct.unpack("<H", data[8:10])[0]
    header = eval(data[10:10 + length])
    check(data[:6] == b"\x93NUMPY" and header["descr"] in ("<i8", "<f8") and not header["fortran_order"], f"header of {name}")
    values = struct.unpack(f"<{(len(data) - 10 - length) // 8}{'q' if header['descr'] == '<i8' else 'd'}", data[10 + length:])
    return header["shape"], list(values)


fields = "protocol fit remedy fold repeat seed data classes positiveClass train validation test classWeights rowWeights sampling loss synthetic share tables scores"
check(set(job) == set(fields.split()), f"fields {set(job) ^ set(fields.split())}")
if job["protocol"] != 1:
    sys.exit(78)
check(sys.argv[1] == path, "{job} of the command")
check(os.environ["COUNTERWEIGHT_SEED"] == str(job["seed"]) and 0 <= job["seed"] < 2 ** 31, "seed")
check(sys.stdin.read() == "", "standard input")
check(os.getsid(0) == os.getpid() or os.getpgid(0) == os.getsid(0), "a session of its own")
check(all(os.path.isabs(job[k]) for k in ("train", "validation", "test", "scores")) and os.path.isabs(job["data"]["file"]), "absolute paths")
check(set(job["data"]) == {"file", "format", "target", "leaveOut", "rows"} and job["data"]["rows"] is None and job["data"]["format"] == "csv", "data")

table = list(csv.DictReader(open(job["data"]["file"])))
target = job["data"]["target"]
y = [row[target] for row in table]
train, validation, test = (npy(job[part])[1] for part in ("train", "validation", "test"))
held = validation + test
check(not set(train) & set(held) and len(set(held)) == len(held), "rows that are apart")
labels, counts = [c["label"] for c in job["classes"]], [c["count"] for c in job["classes"]]
own = [sum(y[i] == label for i in train) for label in labels]
made = sum(counts) - sum(own)
check(all(c >= o for c, o in zip(counts, own)) and (made > 0) == (job["synthetic"] is not None), f"counts {counts}, of rows {own}")
check(job["positiveClass"] == "yes", "positive class")
row_weights = npy(job["rowWeights"])[1] if job["rowWeights"] else None
check(("w" in job["data"]["leaveOut"]) == (row_weights is not None), "leaveOut names the column of weights")
if row_weights:
    check(len(row_weights) == len(train) and abs(sum(row_weights) / len(train) - 1) < 1e-9, "row weights")
if job["classWeights"]:
    weighted = [0.0] * len(labels)
    for i in train:
        weighted[labels.index(y[i])] += float(table[i]["w"]) if row_weights else 1
    mean = sum(w * c for w, c in zip(job["classWeights"], weighted)) / sum(weighted)
    check(abs(mean - 1) < 1e-9, f"mean class weight {mean}")
    if row_weights:
        each = [job["classWeights"][labels.index(y[i])] * float(table[i]["w"]) for i in train]
        check(all(abs(e / sum(each) - r / sum(row_weights)) < 1e-9 for e, r in zip(each, row_weights)), "row weights hold the class weights")
if job["sampling"]:
    check(set(job["sampling"]) == {"weights", "replacement", "draws", "epochs"}, "sampling")
    (rows,), weights = npy(job["sampling"]["weights"])
    (epochs, draws), drawn = npy(job["sampling"]["epochs"])
    check(rows == len(train) and min(weights) >= 0 and draws == job["sampling"]["draws"] and all(0 <= d < rows for d in drawn), "drawn rows")
if job["loss"]:
    check(set(job["loss"]) == {"name", "parameters", "prior"} and abs(sum(job["loss"]["prior"]) - 1) < 1e-9, "loss")
    check(len(job["loss"]["prior"]) == len(labels) and job["remedy"].startswith("loss:" + job["loss"]["name"]), "loss by name")
if job["synthetic"]:
    check(open(job["synthetic"], "rb").read(4) == b"PAR1", "made rows are Parquet")
check(0 < job["share"] <= 1, "share")
for part, rows in (("train", train), ("validation", validation), ("test", test)):
    lines = list(csv.DictReader(open(job["tables"][part])))
    check([line["x"] for line in lines] == [table[i]["x"] for i in rows], "table of " + part)
    check(target not in lines[0] if part == "test" else [line[target] for line in lines] == [y[i] for i in rows], "labels of " + part)

random.seed(job["fit"])
shape = random.choice(["csv", "jsonl", "wide", "one"])
scores = {i: random.random() for i in held}
order = random.sample(held, len(held))
no, yes = labels.index("no"), labels.index("yes")
check({no, yes} == {0, 1}, "classes")
if shape in ("csv", "jsonl"):
    with open(job["scores"], "w") as file:
        if shape == "csv":
            file.write("yes,row,no\n" + "".join(f"{scores[i]!r},{i},{1 - scores[i]!r}\n" for i in order))
        else:
            file.writelines(json.dumps({"no": 1 - scores[i], "row": i, "yes": scores[i]}) + "\n" for i in order)
else:
    values = [scores[i] for i in held] if shape == "one" else [v for i in held for v in ((1 - scores[i], scores[i]) if yes == 1 else (scores[i], 1 - scores[i]))]
    header = str({"descr": "<f8", "fortran_order": False, "shape": (len(held),) if shape == "one" else (len(held), 2)}).encode()
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    with open(job["scores"], "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack(f"<{len(values)}d", *values))
with open(os.path.join(os.path.dirname(job["scores"]), "result.json"), "w") as file:
    json.dump({"kind": "probabilities", "epochs": 3, "seconds": 0.1, "metrics": {"loss": 0.5}}, file)
print("kept", shape)
