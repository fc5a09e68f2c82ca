"""Replays rules of choosing and of estimating on the trials of bench/advice --real: python3 replay.py trials.jsonl [...]

Regret is the balanced accuracy on the other half that a choice loses against choosing by that half itself, with the noise of its rows allowed for: 'Hindsight'
of a trial lets nine tenths of the judging rows choose for the last. The best on all judging rows owes a part of its figure to their luck, which is no regret of
anyone; the table has the regret against it, too. Splits of one set are no more than one
observation: means and standard errors are over sets. What a rule learns, it learns from other sets than the one it is judged on. Of the sets in order of
their names every second one belongs to half A, the others to half B; 'set on the other half' takes from each family of rules the member with the least regret
on one half (learning what is learned from that half alone), and judges it on the other.

'shrunk' takes each candidate's mean over the folds towards what its remedy is usually worth: its figure on the judging halves of other sets, less the mean of
the remedies that balance in full there. The weight of the folds is w tau^2 / (w tau^2 + s^2): s^2 is the mean corrected variance of a candidate's folds against
those of all, tau^2 the variance of a remedy between sets. 'crossed' takes it towards the sum of the effects of its learner and of its remedy on the same data,
'of its remedy' towards the mean over learners, and 'of its family' towards its kin on its learner; the weight is that of the candidate's own mean.
"""
import collections
import json
import math
import random
import statistics
import sys

TRIALS = [json.loads(line) for path in sys.argv[1:] for line in open(path, encoding="utf-8") if line.strip()]
SETS = sorted({t["Set"] for t in TRIALS})
HALVES = {"A": set(SETS[::2]), "B": set(SETS[1::2])}
mean = statistics.fmean
FULL = ("threshold:tuned", "weights:balanced", "weights:balanced+threshold:tuned", "sampler:class-balanced", "loss:logit-adjusted(tau=1)",
        "resample:random-under(replacement=no)", "resample:smote(k=5)", "ensemble:easy(members=10)")


def key(candidate):
    return candidate["Learner"], candidate["Remedy"].replace("offsets:tuned", "threshold:tuned")


def kin(candidate):
    learner, remedy = key(candidate)
    kind = {"none": "none", "threshold:tuned": "decision", "ensemble:easy(members=10)": "under", "resample:random-under(replacement=no)": "under",
            "resample:smote(k=5)": "over"}
    return learner, kind.get(remedy, "full" if remedy in FULL else "part")


def whole(trial):
    """The candidates that were judged on every fold, by their mean; of equals the simpler one first."""
    if "whole" not in trial:
        most = max(len(c["Folds"]) for c in trial["Candidates"])
        trial["whole"] = sorted((c for c in trial["Candidates"] if len(c["Folds"]) == most),
                                key=lambda c: (-mean(c["Folds"]), c["Complexity"], f"{c['Learner']} / {c['Remedy']}"))
    return trial["whole"]


def named(trial, text):
    return next((c for c in trial["Candidates"] if f"{c['Learner']} / {c['Remedy']}" == text), None)


# What folds say


def lead(trial, values, other):
    """The mean of paired differences and its corrected standard error (Nadeau and Bengio, 2003)."""
    differences = [a - b for a, b in zip(values, other)]
    share = 1 / len(differences) + 1 / (trial["FoldsOfARepeat"] - 1)
    return mean(differences), math.sqrt(share * statistics.variance(differences))


def student(t, degrees):
    """The distribution function of Student, by the continued fraction of the incomplete beta function (Press and others, Numerical recipes, 6.4)."""
    x, a, b = degrees / (degrees + t * t), degrees / 2, 0.5
    swap = x > (a + 1) / (a + b + 2)
    if swap:
        x, a, b = 1 - x, b, a
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x or 1e-300) + b * math.log(1 - x or 1e-300)) / a
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    h = d
    for m in range(1, 200):
        for step in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d, c = 1 / (1 + step * d), 1 + step / c
            h *= d * c
        if abs(d * c - 1) < 1e-12:
            break
    tail = (1 - front * h if swap else front * h) / 2
    return 1 - tail if t > 0 else tail


def chance_below(figure, of, folds):
    middle, error = of
    return float(middle <= figure) if error == 0 else student((figure - middle) / error, folds - 1)


# Rules of choosing: of a trial and the trials to learn from


def one_pass(trial, _):
    """The highest mean of one pass of the folds, plain cross-validation: what each pass of the run would have chosen."""
    k = trial["FoldsOfARepeat"]
    return [max((c for c in trial["Candidates"] if len(c["Folds"]) >= (p + 1) * k), key=lambda c: mean(c["Folds"][p * k:(p + 1) * k]))
            for p in range(len(whole(trial)[0]["Folds"]) // k)]


def highest(trial, _):
    return whole(trial)[0]


def of_the_run(trial, _):
    return named(trial, trial["Advised"])


def of_a_default_run(trial, _):
    """What a run of two minutes recommends, where that leaves something out; else the same as of_the_run."""
    return named(trial, (trial["Default"] or trial)["Advised"])


def present(least=0.7, alone=0.9, group=0, same=0.8, equivalence=0.005):
    """The rule of Choice.cs. With other constants: below the chance 'alone' the remedies of its learner have to be better than nothing with the chance 'group',
    as before; same=1 leaves the simpler candidate out."""
    def rule(trial, _):
        candidates, folds = whole(trial), len(whole(trial)[0]["Folds"])
        idle = next(c for c in candidates if c["Remedy"] == "none")
        remedies = [c for c in candidates if c["Remedy"] != "none"]
        best = remedies[0]
        gain = lead(trial, best["Folds"], idle["Folds"])
        if gain[0] <= equivalence / 2:
            return idle
        chance = 1 - chance_below(0, gain, folds)
        if chance < alone and not proven(trial, best, idle):
            kindred = [c for c in remedies if c["Learner"] == best["Learner"]]
            other = next((c for c in candidates if c["Remedy"] == "none" and c["Learner"] == best["Learner"]), idle)
            together = [mean(values) for values in zip(*(c["Folds"] for c in kindred))]
            if chance < least or 1 - chance_below(0, lead(trial, together, other["Folds"]), folds) < group:
                return idle
        simple = [c for c in remedies if c["Complexity"] < best["Complexity"]
                  and chance_below(equivalence, lead(trial, best["Folds"], c["Folds"]), folds) >= same]
        return min(simple, key=lambda c: c["Complexity"], default=best)
    return rule


def proven(trial, best, idle):
    """Holm's correction (1979) over all candidates."""
    values = []
    for c in whole(trial):
        if c is not idle:
            middle, error = lead(trial, c["Folds"], idle["Folds"])
            values.append((2 * student(-abs(middle / error), len(c["Folds"]) - 1) if error else float(middle == 0), c is best))
    most = 0
    for rank, (value, own) in enumerate(sorted(values)):
        most = max(most, value * (len(trial["Candidates"]) - 1 - rank))
        if own:
            return most < 0.05


def towards(centre, weight):
    def rule(trial, _):
        groups = collections.defaultdict(list)
        for c in whole(trial):
            groups[centre(c)].append(mean(c["Folds"]))
        return max(whole(trial), key=lambda c: weight * mean(c["Folds"]) + (1 - weight) * mean(groups[centre(c)]))
    return rule


def crossed(weight):
    """Effects of learner and remedy by alternating means, which gives the least squares."""
    def rule(trial, _):
        candidates = whole(trial)
        effect = collections.defaultdict(float)
        for _ in range(60):
            for part, other in ((0, 1), (1, 0)):
                groups = collections.defaultdict(list)
                for c in candidates:
                    groups[part, key(c)[part]].append(mean(c["Folds"]) - effect[other, key(c)[other]])
                effect.update((k, mean(v)) for k, v in groups.items())
        return max(candidates, key=lambda c: weight * mean(c["Folds"]) + (1 - weight) * (effect[0, key(c)[0]] + effect[1, key(c)[1]]))
    return rule


def steadier(scale):
    def rule(trial, _):
        return max(whole(trial), key=lambda c: mean(c["Folds"]) - scale * lead(trial, c["Folds"], [0] * len(c["Folds"]))[1])
    return rule


def stable(scale):
    return lambda trial, _: max(whole(trial), key=lambda c: mean(c["Folds"]) - scale * (c["Instability"] or 0))


def equal(margin, order):
    def rule(trial, _):
        least = mean(highest(trial, None)["Folds"]) - margin
        return min((c for c in whole(trial) if mean(c["Folds"]) >= least), key=order)
    return rule


def worth(trial, candidates, value):
    """Each candidate less the mean of those that balance in full."""
    centre = mean([value(c) for c in candidates if key(c)[1] in FULL] or [value(c) for c in candidates])
    return {key(c): value(c) - centre for c in candidates}


LEARNED = {}


def learned(others):
    """What a remedy is worth on a learner, and the variance of that between sets."""
    known = tuple(id(t) for t in others)
    if known not in LEARNED:
        seen = collections.defaultdict(lambda: collections.defaultdict(list))
        for t in others:
            for k, value in worth(t, whole(t), lambda c: c["Truth"]).items():
                seen[k][t["Set"]].append(value)
        by_set = {k: [mean(v) for v in sets.values()] for k, sets in seen.items()}
        LEARNED[known] = ({k: mean(v) for k, v in by_set.items()},
                          mean(statistics.pvariance(v) for k, v in by_set.items() if k[1] in FULL))
    return LEARNED[known]


def shrunk(scale):
    def rule(trial, others):
        usual, between = learned(others)
        candidates = whole(trial)
        centre = [mean(values) for values in zip(*(c["Folds"] for c in candidates))]
        noise = mean(lead(trial, c["Folds"], centre)[1] ** 2 for c in candidates)
        weight = scale * between / (scale * between + noise) if scale else 0
        own = worth(trial, candidates, lambda c: mean(c["Folds"]))
        return max(candidates, key=lambda c: weight * own[key(c)] + (1 - weight) * usual.get(key(c), 0))
    return rule


def always(learner, remedy):
    def rule(trial, _):
        of = {key(c): c for c in trial["Candidates"]}
        return of.get((learner, remedy)) or of[learner, "none"]
    return rule


FAMILIES = {
    "plain cross-validation": {"": one_pass},
    "highest mean over all folds": {"": highest},
    "the recommendation": {"": present()},
    "the recommendation of a default run": {"": of_a_default_run},
    "the recommendation before, with the group": {"": present(least=0.6, group=0.5)},
    "the recommendation, other constants": {
        **{f"chance {c}": present(least=c) for c in (0, 0.6, 0.65, 0.8, 0.9)}, "never simpler": present(same=1), "simpler from 0.6": present(same=0.6)},
    "shrunk": {f"w {s}": shrunk(s) for s in (4, 2, 1, 0.5, 0.25)},
    "crossed": {f"weight {w}": crossed(w) for w in (0.75, 0.5, 0.25, 0)},
    "of its remedy": {f"weight {w}": towards(lambda c: key(c)[1], w) for w in (0.75, 0.5, 0.25, 0)},
    "of its family": {f"weight {w}": towards(kin, w) for w in (0.75, 0.5, 0.25)},
    "steadier folds": {f"{s} standard errors": steadier(s) for s in (0.25, 0.5, 1)},
    "steadier decisions": {f"{s} of the instability": stable(s) for s in (0.1, 0.25)},
    "best Brier of equals": {f"within {m}": equal(m, lambda c: c["Brier"]) for m in (0.0025, 0.005, 0.01)},
    "simplest of equals": {f"within {m}": equal(m, lambda c: (c["Complexity"], -mean(c["Folds"]))) for m in (0.0025, 0.005, 0.01)},
    "what is usually best": {"": shrunk(0)},
    **{f"always {r}, {l}": {"": always(l, r)} for l in ("gbdt", "linear")
       for r in ("weights:balanced", "ensemble:easy(members=10)", "threshold:tuned", "none")},
}


def by_set(values):
    seen = collections.defaultdict(list)
    for trial, value in zip(TRIALS, values):
        if value is not None:
            seen[trial["Set"]].append(value)
    return [mean(v) for v in seen.values()]


def with_error(values):
    return mean(values), statistics.stdev(values) / math.sqrt(len(values))


def figure(rule, trial, others, name="Truth"):
    """A figure of what a rule chooses; the mean where it may choose several."""
    chosen = rule(trial, others)
    return mean(c[name] for c in chosen) if isinstance(chosen, list) else chosen[name]


def regret(rule, trial, others):
    return trial["Hindsight"] - figure(rule, trial, others)


def elsewhere(trial):
    if "elsewhere" not in trial:
        trial["elsewhere"] = [t for t in TRIALS if t["Set"] != trial["Set"]]
    return trial["elsewhere"]


def on(half, rule, other):
    return mean(by_set([regret(rule, t, other) if t["Set"] in HALVES[half] else None for t in TRIALS]))


NOISE = mean(by_set([max(c["Truth"] for c in t["Candidates"]) - t["Hindsight"] for t in TRIALS]))
SIZES = [t["Rows"] for t in TRIALS]
print(f"{len(TRIALS)} trials of {len(SETS)} sets, {min(SIZES)} to {max(SIZES)} rows to train on; the replayed rule differs from "
      f"the run's in {sum(present()(t, None) is not of_the_run(t, None) for t in TRIALS)}. The best on all judging rows owes {NOISE:.4f} to their luck.\n")
PLAIN = [regret(one_pass, t, None) for t in TRIALS]
print("| choice | mean regret | against the luckiest | against plain cross-validation | against the highest mean | worst | Brier score |\n"
      "|---|---|---|---|---|---|---|")
lines = []
HIGHEST = [regret(highest, t, None) for t in TRIALS]
for family, members in FAMILIES.items():
    for name, rule in members.items():
        losses = [regret(rule, t, elsewhere(t)) for t in TRIALS]
        text = "" if name == "" else f", {name}"
        brier = mean(by_set([figure(rule, t, elsewhere(t), "TruthBrier") for t in TRIALS]))
        apart = [with_error(by_set([a - b for a, b in zip(losses, other)])) for other in (PLAIN, HIGHEST)]
        own = mean(by_set(losses))
        lines.append((own, f"| {family}{text} | {own:.4f} | {own + NOISE:.4f} | " + " | ".join(f"{m:+.4f} ± {e:.4f}" for m, e in apart)
                      + f" | {max(losses):.3f} | {brier:.3f} |"))
print("\n".join(text for _, text in sorted(lines)))

print("\n| rows to train on | sets | choosing by the judging rows | recommendation | plain | highest mean | balanced, linear | balanced, gbdt |\n"
      "|---|---|---|---|---|---|---|---|")
LUCKIEST = [max(c["Truth"] for c in t["Candidates"]) for t in TRIALS]
for low, high in ((0, 500), (500, 1000), (1000, 2500), (2500, math.inf)):
    some = [low <= t["Rows"] < high for t in TRIALS]
    columns = [by_set([top - (figure(rule, t, None) if rule else t["Hindsight"]) if inside else None
                       for t, top, inside in zip(TRIALS, LUCKIEST, some)])
               for rule in (None, of_the_run, one_pass, highest, always("linear", "weights:balanced"), always("gbdt", "weights:balanced"))]
    if columns[0]:
        print(f"| {low} to {high} | {len(columns[0])} | " + " | ".join(f"{mean(values):.4f}" for values in columns) + " |")

print("\n| family of rules | set on A: | judged on B | against plain | set on B: | judged on A | against plain | both |\n|---|---|---|---|---|---|---|---|")
lines = []
for family, members in FAMILIES.items():
    cells, both = [], []
    for half, other in (("A", "B"), ("B", "A")):
        known = [t for t in TRIALS if t["Set"] in HALVES[half]]
        best = min(members, key=lambda n: mean(by_set([regret(members[n], t, [o for o in known if o["Set"] != t["Set"]])
                                                       if t["Set"] in HALVES[half] else None for t in TRIALS])))
        losses = [regret(members[best], t, known) if t["Set"] in HALVES[other] else None for t in TRIALS]
        apart = by_set([None if a is None else a - b for a, b in zip(losses, PLAIN)])
        cells += [best or "-", f"{mean(by_set(losses)):.4f}", "{:+.4f} ± {:.4f}".format(*with_error(apart))]
        both += apart
    lines.append((mean(both), f"| {family} | " + " | ".join(cells) + " | {:+.4f} ± {:.4f} |".format(*with_error(both))))
print("\n".join(text for _, text in sorted(lines)))


# Estimates


def of_half(trial, candidate):
    """What training on all rows and not on four fifths adds: a curve of a + b / n through the first pass with all and with half of its training rows."""
    return 0 if candidate["Half"] is None else 0.2 * (mean(candidate["Folds"][:trial["FoldsOfARepeat"]]) - candidate["Half"])


def unweighed(trial, candidate):
    """BBC-CV alone: SelectionEstimate.cs weighs it 0.632 with 0.368 of the best on all rows (of doing nothing, where that is advised)."""
    best = max(mean(c["Folds"]) for c in whole(trial) if candidate["Remedy"] != "none" or c["Remedy"] == "none")
    return (trial["Middle"] - 0.368 * best) / 0.632


ESTIMATES = {
    "BBC-CV, weighed 0.632: estimateOnUnseen": lambda t, c: t["Middle"], "BBC-CV": unweighed,
    "mean over the folds": lambda t, c: mean(c["Folds"]),
    "BBC-CV and the curve of learning": lambda t, c: unweighed(t, c) + of_half(t, c),
    "Tibshirani and Tibshirani (2009)": lambda t, c: mean(c["Folds"]) - mean(
        max(o["Folds"][j] for o in whole(t)) - c["Folds"][j] for j in range(len(c["Folds"]))),
}
luck = [mean(mean(c["Folds"]) - c["Truth"] for c in whole(t)) for t in TRIALS]
print("\nWhat all candidates together seem better by on their folds than on the judging rows, the luck of the split: {:+.4f} ± {:.4f}".format(
    *with_error(by_set(luck))))
print("\n| estimate of the recommendation | bias | less the luck of the split | root mean square |\n|---|---|---|---|")
for name, estimate in ESTIMATES.items():
    off = [estimate(t, of_the_run(t, None)) - of_the_run(t, None)["Truth"] for t in TRIALS]
    print("| {} | {:+.4f} ± {:.4f} | {:+.4f} ± {:.4f} | {:.4f} |".format(
        name, *with_error(by_set(off)), *with_error(by_set([o - l for o, l in zip(off, luck)])), math.sqrt(mean(o * o for o in off))))
print()
for name, estimate in list(ESTIMATES.items())[:2]:
    inside = above = noisy = 0
    for t in TRIALS:
        own = of_the_run(t, None)
        middle, truth = estimate(t, own), own["Truth"]
        down, up = t["Middle"] - t["Low"], t["High"] - t["Middle"]
        inside += middle - down <= truth <= middle + up
        above += truth > middle + up
        noisy += -math.hypot(down, 1.96 * own["Error"]) <= truth - middle <= math.hypot(up, 1.96 * own["Error"])
    print(f"{name}: the 95% interval held the truth in {inside} ({above} lie above it), and in {noisy} with the noise of the rows that judge.")
claims = [t for t in TRIALS if t["Claimed"]]
wrong = sum(of_the_run(t, None)["Truth"] <= named(t, t["Baseline"])["Truth"] for t in claims)
print(f"{len(claims)} claims, {wrong} wrong.")


# How often something is advised where nothing helps: what all candidates share on a fold, what the remedies share, and what each has of its own are normal


def useless(folds, own, shared, dice):
    common = [dice.gauss(0.5, 0.03) for _ in range(folds)]
    of_remedies = [dice.gauss(0, shared) for _ in range(folds)]
    candidates = []
    for learner in ("linear", "gbdt"):
        of_learner = [dice.gauss(0, 0.01) for _ in range(folds)]
        for remedy in range(12):
            values = [c + o + (r if remedy else 0) + dice.gauss(0, own) for c, o, r in zip(common, of_learner, of_remedies)]
            candidates.append({"Learner": learner, "Remedy": f"r{remedy}" if remedy else "none", "Complexity": 16 * remedy, "Folds": values})
    return {"Candidates": candidates, "FoldsOfARepeat": 5}


print("\n| useless remedies: folds, own deviation, shared deviation | now | before | from 0.6 |\n|---|---|---|---|")
for setting in ((10, 0.01, 0), (10, 0.02, 0.02), (10, 0.01, 0.03), (50, 0.02, 0.02)):
    dice = random.Random(5)
    runs = [useless(*setting, dice) for _ in range(300)]
    print(f"| {', '.join(map(str, setting))} | " + " | ".join(
        f"{mean(rule(t, None)['Remedy'] != 'none' for t in runs):.0%}" for rule in (present(), present(least=0.6, group=0.5), present(least=0.6))) + " |")
