"""Times the default comparison on samples/lending-club.csv beside the same candidates on the same kind of folds with scikit-learn, imbalanced-learn and xgboost.

    dotnet build -c Release src/Counterweight.Cli
    OMP_NUM_THREADS=2 python3 bench/peers/compare.py [--booster hist|xgboost] [--only ours|peer] [--folds 5] [--repeats 2]

The peer is written the way its users write it at their best: joblib keeps both processors busy with one fit each (one thread per fit), texts become codes once, scales and
indicators are made inside the folds, boosting stops early on 15% of the training rows and is not refitted, thresholds are tuned on four inner folds. It judges six metrics per
fold; Counterweight judges eighteen and makes its intervals, warnings and report as well. Candidates are read from the comparison that Counterweight made.
"""
import argparse
import csv
import json
import os
import pathlib
import resource
import subprocess
import tempfile
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "2")
import joblib
import numpy as np
from imblearn.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier, EasyEnsembleClassifier, RUSBoostClassifier
from imblearn.over_sampling import SMOTENC, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold, cross_val_predict, train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]


class Booster(BaseEstimator, ClassifierMixin):
    """Gradient boosting with early stopping on 15% of the rows; sample weights go to both parts."""

    def __init__(self, kind="hist", base_margin=None, seed=0):
        self.kind, self.base_margin, self.seed = kind, base_margin, seed

    def fit(self, x, y, sample_weight=None):
        self.classes_ = np.unique(y)
        if self.kind == "hist":
            self.model_ = HistGradientBoostingClassifier(
                learning_rate=0.1, max_iter=500, max_leaf_nodes=15, max_bins=63, min_samples_leaf=10, l2_regularization=1, early_stopping=True, validation_fraction=0.15,
                n_iter_no_change=10, random_state=self.seed)
            self.model_.fit(x, y, sample_weight=sample_weight)
            return self
        import xgboost
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        xt, xv, yt, yv, wt, wv = train_test_split(x, y, weight, test_size=0.15, stratify=y, random_state=self.seed)
        margin = (lambda n: None) if self.base_margin is None else (lambda n: np.full(n, self.base_margin))
        train, held = xgboost.DMatrix(xt, yt, weight=wt, base_margin=margin(len(yt))), xgboost.DMatrix(xv, yv, weight=wv, base_margin=margin(len(yv)))
        self.model_ = xgboost.train(
            dict(objective="binary:logistic", tree_method="hist", eta=0.1, max_bin=63, max_leaves=15, max_depth=0, grow_policy="lossguide", min_child_weight=1, reg_lambda=1, nthread=1, seed=self.seed),
            train, 500, evals=[(held, "held")], early_stopping_rounds=10, verbose_eval=False)
        return self

    def predict_proba(self, x):
        if self.kind == "hist":
            return self.model_.predict_proba(x)
        import xgboost
        p = self.model_.predict(xgboost.DMatrix(x), iteration_range=(0, self.model_.best_iteration + 1))
        return np.column_stack([1 - p, p])


class Tuned(BaseEstimator, ClassifierMixin):
    """A threshold tuned for balanced accuracy on the out-of-fold scores of four inner folds."""

    def __init__(self, inner, weights=None):
        self.inner, self.weights = inner, weights

    def fit(self, x, y):
        folds = StratifiedKFold(4, shuffle=True, random_state=0)
        scores = np.empty(len(y))
        for train, test in folds.split(x, y):
            scores[test] = fitted(clone(self.inner), self.weights, x[train], y[train]).predict_proba(x[test])[:, 1]
        fpr, tpr, thresholds = metrics.roc_curve(y, scores)
        self.threshold_ = thresholds[np.argmax(tpr - fpr)]
        self.model_ = fitted(clone(self.inner), self.weights, x, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, x):
        return self.model_.predict_proba(x)


def class_weights(scheme, y):
    n, name = np.bincount(y), scheme.split("(")[0]
    if name == "balanced":
        w = len(y) / (len(n) * n)
    elif name == "inverse-sqrt":
        w = 1 / np.sqrt(n)
    elif name == "power":
        w = n ** -float(scheme.split("=")[-1].rstrip(")"))
    elif name == "effective-number":
        beta = float(scheme.split("=")[-1].rstrip(")"))
        w = (1 - beta) / (1 - beta ** n)
    elif name == "inverse-log":
        w = 1 / np.log(1.02 + n / len(y))
    else:
        raise SystemExit(f"no peer for the weights {scheme}")
    return w / (w[y].mean())


def fitted(model, scheme, x, y):
    if scheme is None:
        return model.fit(x, y)
    weight = class_weights(scheme, y)[y]
    return model.fit(x, y, **{f"{model.steps[-1][0]}__sample_weight": weight})


def model_of(learner, remedy, kind, share, text):
    """The estimator of a candidate, the scheme of its weights, and how its probabilities are shifted."""
    parts = remedy.split("+")
    final = LogisticRegression(max_iter=1000) if learner == "linear" else Booster(kind)
    steps = [make_column_transformer((OneHotEncoder(handle_unknown="ignore", sparse_output=False), text), remainder=StandardScaler())] if learner == "linear" else []
    scheme, shift = None, 0.0
    for part in parts:
        name = part.split("(")[0]
        if name in ("none", "threshold:tuned"):
            continue
        if name.startswith("weights:"):
            scheme = part[len("weights:"):]
        elif name in ("sampler:class-balanced", "resample:random-over"):
            steps.append(RandomOverSampler(random_state=0))
        elif name in ("sampler:undersample", "resample:random-under"):
            steps.append(RandomUnderSampler(random_state=0))
        elif name == "resample:smote":
            from imblearn.over_sampling import SMOTE
            steps.append(SMOTE(random_state=0))
        elif name == "resample:smote-nc":
            # SMOTE-NC takes the raw table and comes before the encoding.
            steps.insert(0, SMOTENC(text, random_state=0))
        elif name == "loss:logit-adjusted":
            # For a linear model the adjustment is a shift of its intercept; boosted trees start from it where the library can, else it is undone afterwards.
            shift = np.log((1 - share) / share)
            if learner == "gbdt" and kind == "xgboost":
                final.base_margin, shift = -shift, 0.0
        elif name == "ensemble:balanced-bagging":
            final = BalancedBaggingClassifier(final, n_estimators=10, random_state=0)
        elif name == "ensemble:under-bagging":
            final = BalancedBaggingClassifier(final, n_estimators=10, random_state=0, replacement=False)
        elif name == "ensemble:easy":
            final = EasyEnsembleClassifier(n_estimators=10, random_state=0)
        elif name == "ensemble:balanced-forest":
            final = BalancedRandomForestClassifier(n_estimators=100, random_state=0)
        elif name == "ensemble:rus-boost":
            final = RUSBoostClassifier(random_state=0)
        else:
            raise SystemExit(f"no peer for {part}")
    model = make_pipeline(*steps, final)
    return (Tuned(model, scheme), None, shift) if "threshold:tuned" in parts else (model, scheme, shift)


def judge(candidate, kind, x, y, text, train, test, share):
    # joblib's workers share the processors: one thread each.
    from threadpoolctl import threadpool_limits
    with threadpool_limits(1):
        model, scheme, shift = model_of(*candidate, kind, share, text)
        model = fitted(model, scheme, x[train], y[train])
        p = np.clip(model.predict_proba(x[test])[:, 1], 1e-9, 1 - 1e-9)
    p = 1 / (1 + (1 - p) / p * np.exp(-shift))
    decided, truth = p >= getattr(model, "threshold_", 0.5), y[test]
    return candidate, [metrics.balanced_accuracy_score(truth, decided), metrics.f1_score(truth, decided), metrics.matthews_corrcoef(truth, decided),
                       metrics.average_precision_score(truth, p), metrics.roc_auc_score(truth, p), metrics.brier_score_loss(truth, p)]


def table():
    """Numbers as they are, missing ones as 0; texts as codes."""
    with open(ROOT / "samples" / "lending-club.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [c for c in rows[0] if c != "Class"]
    x, text = np.empty((len(rows), len(columns))), []
    for j, column in enumerate(columns):
        values = [r[column] for r in rows]
        try:
            x[:, j] = [float(v) if v else 0 for v in values]
        except ValueError:
            x[:, j] = np.unique(values, return_inverse=True)[1]
            text.append(j)
    return x, np.array([r["Class"] == "bad" for r in rows]).astype(int), text


def peer(candidates, kind, folds, repeats):
    data, y, text = table()
    splits = list(RepeatedStratifiedKFold(n_splits=folds, n_repeats=repeats, random_state=0).split(data, y))
    work = [(c, train, test) for train, test in splits for c in candidates]
    scores = joblib.Parallel(n_jobs=2)(joblib.delayed(judge)(c, kind, data, y, text, train, test, y.mean()) for c, train, test in work)
    means = {}
    for candidate, values in scores:
        means.setdefault(candidate, []).append(values[0])
    return {c: float(np.mean(v)) for c, v in means.items()}


def ours(dll, folds, repeats, extra):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dotnet", dll, "compare", str(ROOT / "samples" / "lending-club.csv"), "--target", "Class", "--folds", str(folds), "--repeats", str(repeats), "--out", folder, "--quiet", *extra],
                       check=True, capture_output=True)
        return json.loads((pathlib.Path(folder) / "comparison.json").read_text())


def processor():
    """Processor seconds of this process and of its children that have ended: on a machine that others use too, they say more than the clock does."""
    return sum(r.ru_utime + r.ru_stime for r in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--booster", default="hist", choices=["hist", "xgboost"])
    parser.add_argument("--only", choices=["ours", "peer"])
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--no-racing", action="store_true")
    parser.add_argument("--dll", default=str(ROOT / "artifacts/bin/Counterweight.Cli/release/Counterweight.Cli.dll"))
    a = parser.parse_args()
    started, used = time.perf_counter(), processor()
    document = ours(a.dll, a.folds, a.repeats, ["--no-racing"] if a.no_racing else [])
    mine, worked = time.perf_counter() - started, processor() - used
    found = {(c["learner"], c["remedy"]): c["mean"] for c in document["candidates"] if c["mean"] is not None}
    print(f"Counterweight: {mine:.1f} s, {worked:.1f} processor seconds, {len(found)} candidates", flush=True)
    if a.only != "ours":
        started, used = time.perf_counter(), processor()
        means = peer(list(found), a.booster, a.folds, a.repeats)
        theirs = time.perf_counter() - started
        joblib.externals.loky.get_reusable_executor().shutdown(wait=True)
        spent = processor() - used
        print(f"scikit-learn, imbalanced-learn, {a.booster}: {theirs:.1f} s, {spent:.1f} processor seconds; {theirs / mine:.1f} times as long, {spent / worked:.1f} times as many")
        print("\n| candidate | Counterweight | peer |\n|---|---|---|")
        for candidate, mean in found.items():
            print(f"| {' / '.join(candidate)} | {mean:.4f} | {means[candidate]:.4f} |")
