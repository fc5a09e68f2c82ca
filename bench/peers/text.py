"""Times a comparison on texts beside scikit-learn's TfidfVectorizer with LogisticRegression on folds of the same kind.

    dotnet build -c Release src/Counterweight.Cli
    OMP_NUM_THREADS=2 python3 bench/peers/text.py run FILE.csv [--only ours|peer] [--folds 5]     (columns label and text)
    python3 bench/peers/text.py make 500000 big.csv     (short texts of 200,000 words by a power law, 3% of the rare class)

The peer is written as its users write it: words (1 and 2) and characters inside words (3 to 5), sublinear counts, joined; the vectorisers are fitted
once a fold for both candidates, which share their matrix; two processes share the folds. Counterweight is timed as a process, from its start to its
end: reading, checks, folds, statistics. Both give the mean over the folds of the balanced accuracy.
"""
import argparse
import csv
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "2")
ROOT = pathlib.Path(__file__).resolve().parents[2]
CANDIDATES = {"none": None, "weights:balanced": "balanced"}


def read(path):
    csv.field_size_limit(1 << 30)
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [r["text"] for r in rows], [r["label"] for r in rows]


def fold(texts, labels, train, test):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.pipeline import make_union

    vectors = make_union(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True))
    x, held = vectors.fit_transform([texts[i] for i in train]), vectors.transform([texts[i] for i in test])
    y, truth = [labels[i] for i in train], [labels[i] for i in test]
    return [balanced_accuracy_score(truth, LogisticRegression(class_weight=w, max_iter=1000).fit(x, y).predict(held)) for w in CANDIDATES.values()]


def peer(path, folds):
    import joblib
    from sklearn.model_selection import StratifiedKFold

    texts, labels = read(path)
    started = time.perf_counter()
    splits = StratifiedKFold(folds, shuffle=True, random_state=0).split(texts, labels)
    scores = joblib.Parallel(n_jobs=2)(joblib.delayed(fold)(texts, labels, train, test) for train, test in splits)
    seconds = time.perf_counter() - started
    joblib.externals.loky.get_reusable_executor().shutdown(wait=True)
    return seconds, [sum(s[c] for s in scores) / folds for c in range(len(CANDIDATES))]


def ours(path, folds):
    tool = ROOT / "artifacts/bin/Counterweight.Cli/release/Counterweight.Cli.dll"
    started = time.perf_counter()
    command = ["dotnet", str(tool), "compare", path, "-t", "label", "--text", "text", "-l", "linear", "-r", ",".join(CANDIDATES), "--folds", str(folds),
               "--repeats", "1", "--json", "-q"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    seconds = time.perf_counter() - started
    means = {c["remedy"]: c["mean"] for c in found["candidates"]}
    return seconds, [means[c] for c in CANDIDATES]


def make(rows, path):
    words, rnd = 200_000, random.Random(0)
    names = ["".join(rnd.choice("bcdfghklmnprstvw") + rnd.choice("aeiou") for _ in range(rnd.randint(1, 4))) + str(i % 7) for i in range(words)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["label", "text"])
        for _ in range(rows):
            rare = rnd.random() < 0.03
            row = [names[min(words - 1, int(rnd.paretovariate(0.9)) + (40 if rare and rnd.random() < 0.2 else 0))] for _ in range(rnd.randint(4, 14))]
            out.writerow(["rare" if rare else "common", " ".join(row)])


def main():
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run")
    run.add_argument("file")
    run.add_argument("--only", choices=["ours", "peer"])
    run.add_argument("--folds", type=int, default=5)
    making = verbs.add_parser("make")
    making.add_argument("rows", type=int)
    making.add_argument("file")
    asked = parser.parse_args()
    if asked.verb == "make":
        make(asked.rows, asked.file)
        return
    times = {}
    for name, how in (("Counterweight", ours), ("scikit-learn", peer)):
        if asked.only and (asked.only == "ours") != (name == "Counterweight"):
            continue
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        times[name], scores = how(asked.file, asked.folds)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{name}: {times[name]:.1f} s, {processor:.1f} processor seconds, "
              f"{', '.join(f'{c} {s:.4f}' for c, s in zip(CANDIDATES, scores))}, peak {after.ru_maxrss / 1024:.0f} MB", flush=True)
    if len(times) == 2:
        print(f"{times['scikit-learn'] / times['Counterweight']:.1f} times as fast")


if __name__ == "__main__":
    sys.exit(main())
