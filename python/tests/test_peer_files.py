"""imbalanced-learn's own test files, run with the classes of this package in the place of theirs."""

import os
import pathlib
import re
import subprocess
import sys

import imblearn

HERE = pathlib.Path(__file__).parent
RANDOM = "expects the rows that numpy's generator draws; the library draws its own, the same in Python and C#"
FITTED = "reads an attribute that holds a fitted estimator of scikit-learn (nn_k_, estimator_, n_iter_) or a private method; the library searches itself"
HART = "expects the rows that imbalanced-learn's random start leaves, and its mixed positions (docs/resampling.md)"

# Why a test of theirs does not pass: the beginning of its name, and the reason.
CANNOT = {
    "test_kmeans_smote.py::test_kmeans_smote": FITTED,
    "test_kmeans_smote.py::test_sample_kmeans_custom": FITTED,
    "test_kmeans_smote.py::test_sample_kmeans_not_enough_clusters": "expects RuntimeError for a threshold of 10, which is no share: ValueError here",
    "test_smote.py::test_sample_regular": RANDOM,
    "test_smote_nc.py::test_smotenc[data2]": "gives a mask that is shorter than the columns, which is refused here",
    "test_smoten.py::test_smoten_resampling": RANDOM,
    "test_adasyn.py::test_ada_fit_resample": RANDOM,
    "test_common.py::test_smote_m_neighbors": FITTED,
    "test_random_over_sampler.py::test_ros_fit_resample": RANDOM,
    "test_condensed_nearest_neighbour.py::test_cnn_fit_resample": HART,
    "test_one_sided_selection.py::test_oss": HART,
    "test_instance_hardness_threshold.py::test_iht_fit_resample_default_estimator": FITTED,
    "test_random_under_sampler.py::test_rus_fit_resample": RANDOM,
    "test_repeated_edited_nearest_neighbours.py::test_renn": "reads n_iter_, which the library does not count; the rows are the same (test_resampling.py)",
    "test_smote_enn.py::": RANDOM,
    "test_smote_tomek.py::": RANDOM,
}


def test_files_of_imbalanced_learn():
    root = pathlib.Path(imblearn.__file__).parent
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "-p", "peer_plugin", "--rootdir", str(root),
         *(str(root / part) for part in ("over_sampling", "under_sampling", "combine"))],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)])}, capture_output=True, text=True, cwd=root)
    found = {status: {re.sub(r"^.*/", "", line.split(" - ")[0].split(" ", 1)[1]) for line in done.stdout.splitlines() if line.startswith(f"{status} ")}
             for status in ("PASSED", "FAILED", "ERROR")}
    assert len(found["PASSED"]) >= 90, done.stdout[-3000:]
    assert not found["ERROR"]
    unexplained = {name for name in found["FAILED"] if not any(name.startswith(beginning) for beginning in CANNOT)}
    assert not unexplained, unexplained
    idle = {beginning for beginning in CANNOT if not any(name.startswith(beginning) for name in found["FAILED"])}
    assert not idle, f"these pass now, take them off the list: {idle}"
    print(f"{len(found['PASSED'])} passed, {len(found['FAILED'])} cannot")
