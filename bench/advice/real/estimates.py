"""Estimates for new rows from what each candidate decided: python3 estimates.py trials.jsonl decided.jsonl (both of bench/advice --real; wants numpy).

The recommendation of each trial is estimated from the decisions of its folds, and judged by its balanced accuracy on the other half. All bootstraps draw rows
(whole groups, where rows hang together), and only candidates within four standard errors of the best take part, as in SelectionEstimate.cs;
where doing nothing is advised, doing nothing on every learner alone.

- one pass: BBC-CV (Tsamardinos, Greasidou and Borboudakis, 2018, algorithm 5) where each draw reads one pass of the cross-validation
- all passes: the same, each draw chooses and judges by the mean over the passes, as the comparison does
- .632: 0.632 of that and 0.368 of the mean of the best on all rows, as Efron (1983) weighs a bootstrap error and an apparent one
- optimism: the mean of the best on all rows less the mean over draws of what the chosen one seems better by on the draw than on all rows (Efron, 1983)
- cross-validated choice: each tenth of the rows judges the candidate that is best on the others (Stone, 1974)
- curve: and 0.2 of the difference of the folds with all and with half of their rows, the step from 4/5 n to n on a curve a + b / n
"""
import collections
import json
import math
import sys

import numpy

DRAWS, FOLDS, DEALS = 500, 10, 10
TRIALS = {(t["Set"], t["Seed"]): t for t in map(json.loads, open(sys.argv[1], encoding="utf-8"))}


def accuracy(weights, truth, right):
    """Balanced accuracy under weights of rows: weights is draws x rows, right is candidates x passes x rows."""
    flat, total = right.reshape(-1, right.shape[-1]), 0
    classes = numpy.unique(truth)
    for label in classes:
        rows = truth == label
        total = total + weights[:, rows] @ flat[:, rows].T / weights[:, rows].sum(1, keepdims=True)
    return (total / len(classes)).reshape(len(weights), *right.shape[:2])


def drawn(truth, groups, random):
    """Weights of the rows inside a draw and of those left out, for draws that have every class on both sides; and the share that is left out."""
    units, unit = numpy.unique(groups, return_inverse=True)
    inside, outside, left = [], [], []
    for _ in range(20 * DRAWS):
        times = numpy.bincount(random.integers(0, len(units), len(units)), minlength=len(units))
        rows = times[unit]
        if all(rows[truth == c].any() and not rows[truth == c].all() for c in numpy.unique(truth)):
            inside.append(rows), outside.append(rows == 0), left.append((times == 0).mean())
        if len(inside) == DRAWS:
            break
    return numpy.array(inside, float), numpy.array(outside, float), numpy.mean(left)


def estimates(trial, decided):
    """By name the estimate, the lower and the upper end of its interval."""
    random = numpy.random.default_rng(trial["Seed"])
    truth = numpy.array([ord(c) for c in decided["Truth"]])
    of = {(c["Learner"], c["Remedy"]): c["Repeats"] for c in decided["Candidates"]}
    idle = trial["Advised"].endswith("/ none")
    tried = [c for c in trial["Candidates"] if (c["Learner"], c["Remedy"]) in of and (c["Remedy"] == "none" or not idle)]
    means = numpy.array([numpy.mean(c["Folds"]) for c in tried])
    best = tried[means.argmax()]
    error = math.sqrt((1 / len(best["Folds"]) + 1 / (trial["FoldsOfARepeat"] - 1)) * numpy.var(best["Folds"], ddof=1))
    tried = [c for c, m in zip(tried, means) if means.max() - m <= 4 * error]
    right = numpy.array([[[ord(c) == t for c, t in zip(text, truth)] for text in of[c["Learner"], c["Remedy"]]] for c in tried], float)
    groups = numpy.array(decided["Groups"]) if len(decided["Groups"]) == len(truth) else numpy.arange(len(truth))
    weights, outside, left = drawn(truth, groups, random)
    draws, factor = numpy.arange(len(weights)), math.sqrt(left / (1 - left))
    inside, rest = accuracy(weights, truth, right), accuracy(outside, truth, right)
    whole = accuracy(numpy.ones((1, len(truth))), truth, right)[0].mean(1)

    def spread(values, middle=None):
        centre = values.mean()
        low, high = (factor * (numpy.quantile(values, q) - centre) for q in (0.025, 0.975))
        middle = centre if middle is None else middle
        return middle, middle + low, middle + high

    one = draws % right.shape[1]
    found = {"BBC-CV, one pass": spread(rest[draws, inside[draws, :, one].argmax(1), one])}
    inside, rest = inside.mean(2), rest.mean(2)
    winner = inside.argmax(1)
    values = rest[draws, winner]
    found["BBC-CV, all passes"] = spread(values)
    found[".632"] = spread(values, 0.632 * values.mean() + 0.368 * whole.max())
    found["optimism"] = spread(values, whole.max() - (inside[draws, winner] - whole[winner]).mean())
    chosen = []
    parts = int(min(FOLDS, *(numpy.sum(truth == c) for c in numpy.unique(truth))))
    for _ in range(DEALS):
        part = numpy.zeros(len(truth), int)
        for label in numpy.unique(truth):
            rows = random.permutation(numpy.flatnonzero(truth == label))
            part[rows] = (numpy.arange(len(rows)) + random.integers(parts)) % parts
        others = accuracy(numpy.array([part != p for p in range(parts)], float), truth, right).mean(2).argmax(1)
        chosen.append(accuracy(numpy.ones((1, len(truth))), truth, right.mean(1)[others[part], numpy.arange(len(truth))][None, None])[0, 0, 0])
    found["cross-validated choice"] = spread(values, numpy.mean(chosen))
    own = next(c for c in trial["Candidates"] if f"{c['Learner']} / {c['Remedy']}" == trial["Advised"])
    step = 0 if own["Half"] is None else 0.2 * (numpy.mean(own["Folds"][:trial["FoldsOfARepeat"]]) - own["Half"])
    for name in list(found):
        found[f"{name}, and the curve"] = tuple(v + step for v in found[name])
    return {"of the run": (trial["Middle"], trial["Low"], trial["High"]), **found}, own


def with_error(values):
    sets = [numpy.mean(v) for v in values.values()]
    return f"{numpy.mean(sets):+.4f} ± {numpy.std(sets, ddof=1) / math.sqrt(len(sets)):.4f}"


bias, net = (collections.defaultdict(lambda: collections.defaultdict(list)) for _ in range(2))
held, noisy, above, below, width = (collections.Counter() for _ in range(5))
count = 0
for line in open(sys.argv[2], encoding="utf-8"):
    decided = json.loads(line)
    trial = TRIALS.get((decided["Set"], decided["Seed"]))
    if trial is None:
        continue
    count += 1
    most = max(len(c["Folds"]) for c in trial["Candidates"])
    luck = numpy.mean([numpy.mean(c["Folds"]) - c["Truth"] for c in trial["Candidates"] if len(c["Folds"]) == most])
    found, own = estimates(trial, decided)
    for name, (middle, low, high) in found.items():
        bias[name][trial["Set"]].append(middle - own["Truth"])
        net[name][trial["Set"]].append(middle - own["Truth"] - luck)
        held[name] += low <= own["Truth"] <= high
        down, up = math.hypot(middle - low, 1.96 * own["Error"]), math.hypot(high - middle, 1.96 * own["Error"])
        noisy[name] += middle - down <= own["Truth"] <= middle + up
        above[name] += own["Truth"] > middle + up
        below[name] += own["Truth"] < middle - down
        width[name] += high - low
print(f"{count} trials of {len({s for v in bias.values() for s in v})} sets\n")
print("| estimate | bias | less the luck of the split | held | with the noise of the judging rows | truth above | below | width |")
print("|---|---|---|---|---|---|---|---|")
for name in bias:
    print(f"| {name} | {with_error(bias[name])} | {with_error(net[name])} | {held[name] / count:.1%} | {noisy[name] / count:.1%} | {above[name]} | "
          f"{below[name]} | {width[name] / count:.3f} |")
