"""Writes sample_weight.json: what scikit-learn makes of rows that weigh differently. python3 sample_weight.py > sample_weight.json"""
import json

import numpy as np
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

cases = []
for classes, rows, seed in [(2, 80, 1), (3, 150, 2), (2, 200, 3)]:
    random = np.random.RandomState(seed)
    y = random.choice(classes, rows, p=[0.8, 0.2] if classes == 2 else [0.7, 0.2, 0.1])
    x = random.normal(size=(rows, 3)) + y[:, None] * [0.9, -0.5, 0.2]
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    w = np.round(random.gamma(0.8, 3.0, rows), 3)
    totals = np.array([w[y == c].sum() for c in range(classes)])
    balanced = w.sum() / (classes * totals)
    case = {"classes": classes, "x": x.ravel().tolist(), "y": y.tolist(), "w": w.tolist(), "totals": totals.tolist(), "balanced": balanced.tolist()}
    # Two classes share one penalty here and have half of it each in a softmax, hence C = 2.
    for name, weights in [("none", w), ("weights:balanced", w * balanced[y])]:
        fit = LogisticRegression(C=2.0 if classes == 2 else 1.0, tol=1e-10, max_iter=10000).fit(x, y, sample_weight=weights / weights.mean())
        p = fit.predict_proba(x)
        case[name] = {"probabilities": p.ravel().tolist(), "metrics": {
            "accuracy": metrics.accuracy_score(y, p.argmax(axis=1), sample_weight=w),
            "balanced-accuracy": metrics.balanced_accuracy_score(y, p.argmax(axis=1), sample_weight=w),
            "macro-f1": metrics.f1_score(y, p.argmax(axis=1), average="macro", sample_weight=w),
            "mcc": metrics.matthews_corrcoef(y, p.argmax(axis=1), sample_weight=w),
            "log-loss": metrics.log_loss(y, p, sample_weight=w)}}
        if classes == 2:
            case[name]["metrics"]["roc-auc"] = metrics.roc_auc_score(y, p[:, 1], sample_weight=w)
            case[name]["metrics"]["average-precision"] = metrics.average_precision_score(y, p[:, 1], sample_weight=w)
    cases.append(case)
print(json.dumps(cases))
