"""Replays rules of choosing and of estimating on the trials of bench/advice --real: python3 replay.py trials.jsonl [...]

Regret is the balanced accuracy on the other half that a choice loses against the best candidate in hindsight. 'shrunk' rules take each candidate's mean
over the folds towards what its remedy is usually worth (its figure on the other halves of all *other* sets, less the mean of all candidates there), by
tau^2 / (tau^2 + s^2): s is the corrected standard error of its folds against those of the others, tau the spread of remedies between sets.
"""
import collections
import json
import math
import statistics
import sys

TRIALS = [json.loads(line) for path in sys.argv[1:] for line in open(path, encoding="utf-8") if line.strip()]
mean = statistics.fmean


def family(candidate):
    return candidate["Learner"], candidate["Remedy"].replace("offsets:tuned", "threshold:tuned")


def whole(trial):
    most = max(len(c["Folds"]) for c in trial["Candidates"])
    return [c for c in trial["Candidates"] if len(c["Folds"]) == most]


def named(trial, learner, remedy):
    for candidate in trial["Candidates"]:
        if candidate["Learner"] == learner and family(candidate)[1].startswith(remedy):
            return candidate
    return named(trial, learner, "none")


def advised(trial):
    return next(c for c in trial["Candidates"] if f"{c['Learner']} / {c['Remedy']}" == trial["Advised"])


def plain(trial):
    return max((c for c in trial["Candidates"] if len(c["Folds"]) >= trial["FoldsOfARepeat"]),
               key=lambda c: mean(c["Folds"][:trial["FoldsOfARepeat"]]))


def highest(trial):
    return max(whole(trial), key=lambda c: mean(c["Folds"]))


def equal_with_best_brier(margin):
    def rule(trial):
        least = mean(highest(trial)["Folds"]) - margin
        return min((c for c in whole(trial) if mean(c["Folds"]) >= least), key=lambda c: c["Brier"])
    return rule


def error(one, other):
    differences = [a - b for a, b in zip(one["Folds"], other["Folds"])]
    return math.sqrt((1 / len(differences) + 0.25) * statistics.variance(differences))


def shrunk(scale):
    def rule(trial):
        seen = collections.defaultdict(list)
        others = [t for t in TRIALS if t["Set"] != trial["Set"]]
        for other in others:
            centre = mean(c["Truth"] for c in other["Candidates"])
            for c in other["Candidates"]:
                seen[family(c)].append(c["Truth"] - centre)
        usual = {key: mean(values) for key, values in seen.items()}
        spread = mean((value - usual[key]) ** 2 for key, values in seen.items() for value in values) * scale
        candidates = whole(trial)
        centre = mean(mean(c["Folds"]) for c in trial["Candidates"])

        def score(c):
            noise = mean(error(c, o) ** 2 for o in candidates if o is not c) / 2
            prior = usual.get(family(c), 0)
            return prior + spread / (spread + noise) * (mean(c["Folds"]) - centre - prior)
        return max(candidates, key=score)
    return rule


RULES = {
    "the recommendation": advised, "plain cross-validation": plain, "highest mean": highest,
    "always balanced, gbdt": lambda t: named(t, "gbdt", "weights:balanced"), "always balanced, linear": lambda t: named(t, "linear", "weights:balanced"),
    "always ensemble:easy, gbdt": lambda t: named(t, "gbdt", "ensemble:easy"), "always a tuned decision, gbdt": lambda t: named(t, "gbdt", "threshold:tuned"),
    "nothing, gbdt": lambda t: named(t, "gbdt", "none"), "nothing, linear": lambda t: named(t, "linear", "none"),
    "best Brier within 0.005": equal_with_best_brier(0.005), "shrunk": shrunk(1), "shrunk, tau^2 / 2": shrunk(0.5), "shrunk, tau^2 / 4": shrunk(0.25),
}

print(f"{len(TRIALS)} trials of {len({t['Set'] for t in TRIALS})} sets\n\n| choice | mean regret | against plain cross-validation | worst | Brier score |")
print("|---|---|---|---|---|")
loss = {name: [max(c["Truth"] for c in t["Candidates"]) - rule(t)["Truth"] for t in TRIALS] for name, rule in RULES.items()}
for name in sorted(RULES, key=lambda n: mean(loss[n])):
    apart = [a - b for a, b in zip(loss[name], loss["plain cross-validation"])]
    noise = statistics.pstdev(apart) / math.sqrt(len(apart))
    print(f"| {name} | {mean(loss[name]):.4f} | {mean(apart):+.4f} ± {noise:.4f} | {max(loss[name]):.3f} | "
          f"{mean(RULES[name](t)['TruthBrier'] for t in TRIALS):.3f} |")


def of_half(trial, candidate):
    """What training on all rows and not on four fifths may add: a curve of a + b / n through the folds with all and with half of their rows."""
    return 0 if candidate["Half"] is None else 0.2 * (mean(candidate["Folds"]) - candidate["Half"])


ESTIMATES = {
    "estimateOnUnseen (BBC-CV)": lambda t, c: t["Middle"], "mean over the folds": lambda t, c: mean(c["Folds"]),
    "BBC-CV and the curve of learning": lambda t, c: t["Middle"] + of_half(t, c),
    "Tibshirani and Tibshirani (2009)": lambda t, c: mean(c["Folds"]) - mean(
        max(o["Folds"][j] for o in whole(t)) - c["Folds"][j] for j in range(len(c["Folds"]))),
}
print("\n| estimate of the recommendation | bias | root mean square |\n|---|---|---|")
for name, estimate in ESTIMATES.items():
    off = [estimate(t, advised(t)) - advised(t)["Truth"] for t in TRIALS]
    print(f"| {name} | {mean(off):+.4f} ± {statistics.pstdev(off) / math.sqrt(len(off)):.4f} | {math.sqrt(mean(o * o for o in off)):.4f} |")
inside = sum(t["Low"] <= advised(t)["Truth"] <= t["High"] for t in TRIALS)
above = sum(advised(t)["Truth"] > t["High"] for t in TRIALS)
noisy = 0
for t in TRIALS:
    half = math.hypot((t["High"] - t["Low"]) / 2, 1.96 * advised(t)["Error"])
    noisy += abs((t["High"] + t["Low"]) / 2 - advised(t)["Truth"]) <= half
claims = [t for t in TRIALS if t["Claimed"]]
wrong = sum(advised(t)["Truth"] <= next(c for c in t["Candidates"] if f"{c['Learner']} / {c['Remedy']}" == t["Baseline"])["Truth"] for t in claims)
print(f"\nThe 95% interval held the truth in {inside} ({above} lie above it), and in {noisy} with the noise of the rows that judge; "
      f"{len(claims)} claims, {wrong} wrong.")
