"""Metrics beside scikit-learn and imbalanced-learn."""

import imblearn.metrics
import numpy as np
import pytest
import sklearn.metrics

import counterweight as cw
from counterweight import metrics

rng = np.random.default_rng(2)
truth = rng.choice(3, p=[0.7, 0.2, 0.1], size=2000)
p = rng.dirichlet([1, 1, 1], size=2000) * 0.5 + 0.5 * np.eye(3)[truth] * rng.random((2000, 1))
p /= p.sum(axis=1, keepdims=True)
two, score = (truth == 1).astype(int), p[:, 1]
weights = rng.random(2000)
binary, predicted = (score > 0.4).astype(int), p.argmax(axis=1)
names = np.array(["no", "yes"])


@pytest.mark.parametrize("w", [None, weights], ids=["rows", "weighted"])
def test_scores_of_two_classes(w):
    for labels in (two, two.astype(bool), two.astype(np.int8)):
        assert metrics.roc_auc_score(labels, score, sample_weight=w) == pytest.approx(sklearn.metrics.roc_auc_score(labels, score, sample_weight=w), abs=1e-12)
        assert metrics.average_precision_score(labels, score, sample_weight=w) == pytest.approx(
            sklearn.metrics.average_precision_score(labels, score, sample_weight=w), abs=1e-12)
    assert metrics.roc_auc_score(names[two], score) == pytest.approx(sklearn.metrics.roc_auc_score(names[two], score))
    assert metrics.average_precision_score(names[two], score, pos_label="yes") == pytest.approx(metrics.average_precision_score(two, score))
    assert metrics.roc_auc_score(two, score, max_fpr=0.2) == pytest.approx(sklearn.metrics.roc_auc_score(two, score, max_fpr=0.2))
    assert metrics.roc_auc_score(two, score.astype(np.float32)) == pytest.approx(sklearn.metrics.roc_auc_score(two, score.astype(np.float32)))


@pytest.mark.parametrize("named", [{"multi_class": "ovr"}, {"multi_class": "ovo"}, {"multi_class": "ovr", "average": "weighted"},
                                   {"multi_class": "ovo", "average": "weighted"}])
def test_scores_of_three_classes(named):
    assert metrics.roc_auc_score(truth, p, **named) == pytest.approx(sklearn.metrics.roc_auc_score(truth, p, **named), abs=1e-12)


@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
def test_scores_of_several_labels(average):
    matrix = (rng.random((500, 4)) < 0.3).astype(int)
    own = rng.random((500, 4)) + matrix
    for name in ("roc_auc_score", "average_precision_score"):
        assert getattr(metrics, name)(matrix, own, average=average) == pytest.approx(getattr(sklearn.metrics, name)(matrix, own, average=average), abs=1e-12)


@pytest.mark.parametrize("w", [None, weights], ids=["rows", "weighted"])
def test_decisions(w):
    for a, b in ((two, binary), (truth, predicted), (np.array(["a", "b", "c"])[truth], np.array(["a", "b", "c"])[predicted])):
        for name in ("balanced_accuracy_score", "matthews_corrcoef", "confusion_matrix"):
            np.testing.assert_allclose(getattr(metrics, name)(a, b, sample_weight=w), getattr(sklearn.metrics, name)(a, b, sample_weight=w), atol=1e-12)
        for average in (None, "macro", "micro", "weighted"):
            np.testing.assert_allclose(metrics.f1_score(a, b, average=average, sample_weight=w),
                                       sklearn.metrics.f1_score(a, b, average=average, sample_weight=w), atol=1e-12)
            # With weights imbalanced-learn takes the number of rows for the sum of the weights in its specificity; here the formula stands.
            if w is not None:
                continue
            np.testing.assert_allclose(metrics.geometric_mean_score(a, b, average=average, sample_weight=w),
                                       imblearn.metrics.geometric_mean_score(a, b, average=average, sample_weight=w), atol=1e-12)
        assert metrics.geometric_mean_score(a, b, sample_weight=w) == pytest.approx(imblearn.metrics.geometric_mean_score(a, b, sample_weight=w), abs=1e-12)
        assert metrics.balanced_accuracy_score(a, b, adjusted=True) == pytest.approx(sklearn.metrics.balanced_accuracy_score(a, b, adjusted=True))
        for normalize in ("true", "pred", "all"):
            np.testing.assert_allclose(metrics.confusion_matrix(a, b, normalize=normalize), sklearn.metrics.confusion_matrix(a, b, normalize=normalize))
    assert metrics.f1_score(two, binary) == pytest.approx(sklearn.metrics.f1_score(two, binary))
    assert metrics.f1_score(names[two], names[binary], pos_label="no") == pytest.approx(sklearn.metrics.f1_score(names[two], names[binary], pos_label="no"))
    np.testing.assert_array_equal(metrics.confusion_matrix(truth, predicted, labels=[2, 0]), sklearn.metrics.confusion_matrix(truth, predicted, labels=[2, 0]))
    assert metrics.geometric_mean_score([0, 0, 1, 2], [0, 0, 1, 0], correction=0.001) == pytest.approx(
        imblearn.metrics.geometric_mean_score([0, 0, 1, 2], [0, 0, 1, 0], correction=0.001))


def test_intervals():
    found = metrics.bootstrap_interval(two, score, "roc-auc", seed=3)
    assert found.low < found.estimate < found.high and found.estimate == pytest.approx(metrics.roc_auc_score(two, score))
    assert found == metrics.bootstrap_interval(two, score, metrics.roc_auc_score, seed=3)
    formula = metrics.delong(two, score)
    assert formula.estimate == pytest.approx(found.estimate) and abs(formula.low - found.low) < 0.01
    difference = metrics.delong(two, score, rng.random(2000))
    assert difference.second < difference.first and difference.p_value < 1e-6 and difference.difference.high < 0
    assert metrics.bootstrap_interval(truth, predicted, "macro-f1", resamples=100).estimate == pytest.approx(
        sklearn.metrics.f1_score(truth, predicted, average="macro"))
    assert metrics.bootstrap_interval(truth, p, "log-loss", resamples=50).estimate == pytest.approx(sklearn.metrics.log_loss(truth, p))


def test_what_cannot_be_used_is_an_error():
    for call in (lambda: metrics.roc_auc_score(two, score[:-1]), lambda: metrics.roc_auc_score(np.zeros(5), np.ones(5)), lambda: metrics.roc_auc_score([], []),
                 lambda: metrics.roc_auc_score(two, score * np.nan), lambda: metrics.roc_auc_score(truth, score), lambda: metrics.roc_auc_score(truth, p),
                 lambda: metrics.average_precision_score(two, score, pos_label=7), lambda: metrics.f1_score(truth, predicted),
                 lambda: metrics.f1_score(two, binary[:-1]), lambda: metrics.confusion_matrix(two, names[binary]), lambda: metrics.f1_score(two, score),
                 lambda: metrics.bootstrap_interval(two, score, "f1"), lambda: metrics.bootstrap_interval(two, score, "nonsense"),
                 lambda: metrics.bootstrap_interval(two, score, "roc-auc", level=2), lambda: metrics.delong(two, score[:-1]),
                 lambda: metrics.roc_auc_score(two, score, sample_weight=-weights), lambda: metrics.confusion_matrix([], [])):
        with pytest.raises(ValueError):
            call()


def test_decisions_files(tmp_path):
    best = cw.tune_threshold(two, score, "f1")
    assert best.value == pytest.approx(sklearn.metrics.f1_score(two, score >= best))
    best.decision().save(tmp_path / "decision.json")
    loaded = cw.Decision.load(tmp_path / "decision.json")
    np.testing.assert_array_equal(loaded.apply(score), (score >= best).astype(int))
    cheap, dear = cw.tune_threshold(two, score, costs=(1, 1)), cw.tune_threshold(two, score, costs=(1, 20))
    assert dear < cheap
    kept = cw.tune_threshold(names[two], score, "precision", constraint="recall>=0.9")
    assert ((score >= kept) & (two == 1)).sum() / two.sum() >= 0.9
    assert set(kept.decision().apply(score)) == {"no", "yes"}
    offsets = cw.tune_offsets(truth, p, "macro-f1")
    assert offsets.value == pytest.approx(sklearn.metrics.f1_score(truth, offsets.apply(p), average="macro"))
    np.testing.assert_array_equal((np.log(p) + np.asarray(offsets)).argmax(axis=1), offsets.apply(p))
    corrected = cw.prior_correct(p, [1, 1, 1], [7, 2, 1])
    np.testing.assert_allclose(corrected, p * [7, 2, 1] / (p * [7, 2, 1]).sum(axis=1, keepdims=True))
    for method in ("isotonic", "platt", "beta", "temperature", "vector"):
        calibrated = cw.calibrate(truth, p, method)(p)
        assert sklearn.metrics.log_loss(truth, calibrated + 1e-12) < sklearn.metrics.log_loss(truth, p) + 0.05
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    for call in (lambda: cw.Decision.load(broken), lambda: cw.tune_threshold(truth, score), lambda: cw.tune_threshold(two, score, "roc-auc"),
                 lambda: cw.tune_threshold(two, score, constraint="recall>=7"), lambda: cw.tune_threshold(two, score, costs=[1, 2, 3]),
                 lambda: cw.tune_offsets(truth, p[:, :2]), lambda: cw.calibrate(truth, p, "nonsense"), lambda: cw.prior_correct(p, [1, 1], [1, 1]),
                 lambda: loaded.apply(np.ones((3, 5))), lambda: loaded.apply(score * np.nan)):
        with pytest.raises(ValueError):
            call()
