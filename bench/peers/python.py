"""Times the Python package beside imbalanced-learn, torch and scikit-learn in one process, the conversion of arrays included.

    PYTHONPATH=python OMP_NUM_THREADS=2 python3 bench/peers/python.py [NAME...] [--pairs N]

Every pair is timed one after the other, ours first and last in turn, and the table has the median of the ratios and their range; the last column is the same
ratio in processor seconds, which a busy machine disturbs less (ours of two threads together, theirs of all).
"""

import collections
import resource
import statistics
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


def rows(n, columns=20, share=0.05, seed=0):
    """Rows of two classes that overlap."""
    from sklearn.datasets import make_classification

    return make_classification(n_samples=n, n_features=columns, n_informative=8, weights=[1 - share], class_sep=0.8, random_state=seed)


def resampling(module, name, n, **named):
    """A pair of one resampler."""
    import importlib

    theirs = getattr(importlib.import_module(f"imblearn.{module}"), name)
    ours = getattr(importlib.import_module(f"counterweight.{module}"), name)

    def make():
        X, y = rows(n)
        return (lambda: ours(**named).fit_resample(X, y)), (lambda: theirs(**named).fit_resample(X, y))

    return make


def sampler_iterated():
    import torch

    from counterweight.torch import WeightedRandomSampler

    weights = torch.rand(10_000_000, dtype=torch.float64)

    def run(cls):
        collections.deque(cls(weights, 10_000_000), maxlen=0)

    return (lambda: run(WeightedRandomSampler)), (lambda: run(torch.utils.data.WeightedRandomSampler))


def sampler_drawn():
    import torch

    from counterweight.torch import WeightedRandomSampler

    weights = torch.rand(10_000_000, dtype=torch.float64)
    return (lambda: torch.from_numpy(WeightedRandomSampler(weights, 10_000_000).indices())), (lambda: torch.multinomial(weights, 10_000_000, True))


def scores(n=10_000_000):
    rng = np.random.default_rng(0)
    y = (rng.random(n) < 0.01).astype(np.int64)
    return y, rng.normal(size=n) + y


def metric(name):
    def make():
        import sklearn.metrics

        from counterweight import metrics

        y, s = scores()
        if name in ("balanced_accuracy_score", "f1_score", "matthews_corrcoef", "confusion_matrix"):
            s = (s > 1).astype(np.int64)
        return (lambda: getattr(metrics, name)(y, s)), (lambda: getattr(sklearn.metrics, name)(y, s))

    return make


def geometric_mean():
    import imblearn.metrics

    from counterweight import metrics

    y, s = scores()
    s = (s > 1).astype(np.int64)
    return (lambda: metrics.geometric_mean_score(y, s)), (lambda: imblearn.metrics.geometric_mean_score(y, s))


CASES = {
    "random-over": resampling("over_sampling", "RandomOverSampler", 100_000, random_state=0),
    "smote": resampling("over_sampling", "SMOTE", 100_000, random_state=0),
    "random-under": resampling("under_sampling", "RandomUnderSampler", 100_000, random_state=0),
    "tomek-links": resampling("under_sampling", "TomekLinks", 20_000),
    "enn": resampling("under_sampling", "EditedNearestNeighbours", 20_000),
    "smote-enn": resampling("combine", "SMOTEENN", 20_000, random_state=0),
    "smote-tomek": resampling("combine", "SMOTETomek", 20_000, random_state=0),
    "sampler-iterated": sampler_iterated,
    "sampler-drawn": sampler_drawn,
    "average-precision": metric("average_precision_score"),
    "roc-auc": metric("roc_auc_score"),
    "balanced-accuracy": metric("balanced_accuracy_score"),
    "f1": metric("f1_score"),
    "mcc": metric("matthews_corrcoef"),
    "confusion-matrix": metric("confusion_matrix"),
    "g-mean": geometric_mean,
}


def processor():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(work):
    begun, used = time.perf_counter(), processor()
    work()
    return time.perf_counter() - begun, processor() - used


def main(arguments):
    """Prints a line of a table per case."""
    pairs = 5
    if "--pairs" in arguments:
        at = arguments.index("--pairs")
        pairs, arguments = int(arguments[at + 1]), arguments[:at] + arguments[at + 2:]
    print("| case | ours, ms | theirs, ms | times faster | of pairs | in processor seconds |\n|---|---|---|---|---|---|")
    for name in arguments or CASES:
        ours, theirs = CASES[name]()
        ours()
        ratios, used, own, other = [], [], [], []
        for pair in range(pairs):
            if pair % 2:
                (b, cpu_b), (a, cpu_a) = timed(theirs), timed(ours)
            else:
                (a, cpu_a), (b, cpu_b) = timed(ours), timed(theirs)
            own.append(a)
            other.append(b)
            ratios.append(b / a)
            used.append(cpu_b / cpu_a)
        print(f"| {name} | {1e3 * statistics.median(own):,.0f} | {1e3 * statistics.median(other):,.0f} | {statistics.median(ratios):.1f} "
              f"| {min(ratios):.1f} to {max(ratios):.1f} | {statistics.median(used):.1f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
