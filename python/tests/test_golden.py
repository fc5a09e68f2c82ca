"""The golden values of the repository through Python: the numbers that the C# library is tested against."""

import json
import pathlib

import numpy as np
import pytest

import counterweight as cw
from counterweight import metrics, under_sampling

GOLDEN = pathlib.Path(__file__).parents[2] / "tests/golden"


def cases(name, *kinds):
    with open(GOLDEN / f"{name}.json", encoding="utf-8") as file:
        found = [c for c in json.load(file) if not kinds or c["kind"] in kinds]
    assert found
    return found


def array(value):
    return np.asarray(value["data"]).reshape(value["shape"]) if isinstance(value, dict) else np.asarray(value)


@pytest.mark.parametrize("case", cases("class_weights", "sklearn_balanced"), ids=lambda c: f"{c['inputs']['label_type']}-{len(c['inputs']['y'])}")
def test_balanced_weights(case):
    y = case["inputs"]["y"]
    np.testing.assert_allclose(cw.class_weights(y), case["expected"]["class_weight"], rtol=1e-12)
    np.testing.assert_allclose(cw.sample_weights(y), case["expected"]["sample_weight"], rtol=1e-12)


@pytest.mark.parametrize("case", cases("class_weights", "counts"), ids=lambda c: "-".join(map(str, c["inputs"]["class_counts"][:6])))
def test_schemes(case):
    counts, expected = case["inputs"]["class_counts"], case["expected"]
    y = np.repeat(np.arange(len(counts)), counts)
    schemes = {"inverse": "inverse", "max_over_n": "max-ratio", "balanced": "balanced", "inverse_sqrt": "inverse-sqrt"}
    for name, scheme in schemes.items():
        np.testing.assert_allclose(cw.class_weights(y, scheme), expected[name], rtol=1e-12)
    for beta, values in expected.get("effective_raw", {}).items():
        # The golden values are (1 - beta) / (1 - beta^n) by the formula as it stands, which loses digits where beta^n is near one.
        np.testing.assert_allclose(cw.class_weights(y, f"effective-number({beta})"), values, rtol=1e-7)


@pytest.mark.parametrize("case", cases("metrics", "binary"), ids=lambda c: str(len(c["inputs"]["y_true"])))
def test_binary_metrics(case):
    given, expected = case["inputs"], case["expected"]
    truth, predicted, weights = given["y_true"], given["y_pred"], given.get("sample_weight")
    scores = given.get("y_score", given.get("score"))
    checks = {
        "balanced_accuracy": lambda: metrics.balanced_accuracy_score(truth, predicted, sample_weight=weights),
        "f1": lambda: metrics.f1_score(truth, predicted, sample_weight=weights, zero_division=0),
        "mcc": lambda: metrics.matthews_corrcoef(truth, predicted, sample_weight=weights),
        "matthews_corrcoef": lambda: metrics.matthews_corrcoef(truth, predicted, sample_weight=weights),
        "confusion_matrix": lambda: metrics.confusion_matrix(truth, predicted, sample_weight=weights),
        "roc_auc": lambda: metrics.roc_auc_score(truth, scores, sample_weight=weights),
        "average_precision": lambda: metrics.average_precision_score(truth, scores, sample_weight=weights),
    }
    checked = 0
    for name, check in checks.items():
        if name in expected and expected[name] is not None:
            np.testing.assert_allclose(check(), array(expected[name]), rtol=1e-10, atol=1e-12)
            checked += 1
    assert checked >= 3, sorted(expected)


def data_of(case):
    if "same_data_as" in case["inputs"]:
        return next(c["inputs"] for c in cases("resampling") if c.get("name") == case["inputs"]["same_data_as"] and "X" in c["inputs"])
    return case["inputs"]


RANDOM = {"OneSidedSelection", "CondensedNearestNeighbour", "RandomUnderSampler", "ClusterCentroids", "InstanceHardnessThreshold"}


@pytest.mark.parametrize("case", cases("resampling", "undersampling"), ids=lambda c: c["name"])
def test_selected_rows(case):
    given, checked = data_of(case), set()
    X, y = array(given["X"]), np.asarray(given["y"])
    for result in case["results"]:
        name, wanted = result["sampler"], result["expected"].get("sample_indices")
        # The published cleaning rule differs from imbalanced-learn's: docs/resampling.md.
        if name in RANDOM or name == "NeighbourhoodCleaningRule" or wanted is None:
            continue
        strategy = result["params"].get("sampling_strategy")
        named = dict(result["params"])
        if isinstance(strategy, dict):
            named["sampling_strategy"] = {int(label): rows for label, rows in strategy.items()}
        sampler = getattr(under_sampling, name)(**named)
        sampler.fit_resample(X, y)
        np.testing.assert_array_equal(np.sort(sampler.sample_indices_), np.sort(wanted), err_msg=f"{name} {named}")
        checked.add(name)
    assert checked >= {"TomekLinks", "EditedNearestNeighbours"}


@pytest.mark.parametrize("case", cases("thresholds", "binary_search"), ids=lambda c: str(len(c["inputs"]["score"])))
def test_thresholds(case):
    given, checked = case["inputs"], 0
    names = {"f1": "f1", "f2": "f2", "balanced_accuracy": "balanced-accuracy", "mcc": "mcc", "gmean": "g-mean", "g_mean": "g-mean",
             "geometric_mean": "g-mean", "youden": "youden", "accuracy": "accuracy"}
    for name, best in case["expected"]["best"].items():
        if name in names:
            found = cw.tune_threshold(given["y"], given["score"], names[name], sample_weight=given["sample_weight"])
            assert found.value == pytest.approx(best["value"], abs=1e-12)
            assert any(float(found) == pytest.approx(t, abs=1e-12) for t in best["all_best_thresholds"])
            checked += 1
    for cost in case["expected"].get("cost", []):
        found = cw.tune_threshold(given["y"], given["score"], costs=(cost["c_fp"], cost["c_fn"]), sample_weight=given["sample_weight"])
        assert found.value == pytest.approx(cost["min_expected_cost"], abs=1e-12)
        checked += 1
    assert checked >= 3


@pytest.mark.parametrize("case", cases("calibration", "isotonic"), ids=lambda c: str(len(c["inputs"]["x"])))
def test_isotonic(case):
    given = case["inputs"]
    y, x = np.asarray(given["y"]), np.asarray(given["x"])
    if not np.isin(y, (0, 1)).all() or len(set(y.tolist())) < 2 or x.min() < 0 or x.max() > 1:
        # A regression, or what no calibration meets: the package has calibration only.
        with pytest.raises(ValueError):
            cw.calibrate(y if not np.isin(y, (0, 1)).all() else y.astype(int), x, sample_weight=given["sample_weight"])
        return
    fitted = cw.calibrate(y.astype(int), x, sample_weight=given["sample_weight"])
    np.testing.assert_allclose(fitted(x), case["expected"]["fitted_at_x"], atol=1e-9)
