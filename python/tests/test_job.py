"""The trainer contract: jobs, scores, refusals, and comparisons of estimators through a tool that keeps to the contract."""

import json
import os
import pathlib
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from counterweight.job import Job, OrderedSampler

HERE = pathlib.Path(__file__).parent


def job(folder, **changes):
    """A job file with its arrays."""
    for name, rows in (("train", [0, 2, 2, 5]), ("validation", [1]), ("test", [3, 4])):
        np.save(folder / f"{name}.npy", np.array(rows, dtype="<i8"))
    document = {
        "protocol": 1, "fit": "a1", "remedy": "weights:balanced", "fold": 2, "repeat": 1, "seed": 11,
        "data": {"file": str(folder / "data.csv"), "format": "csv", "target": "y"}, "classes": [{"label": "no", "count": 3}, {"label": "yes", "count": 1}],
        "train": str(folder / "train.npy"), "validation": str(folder / "validation.npy"), "test": str(folder / "test.npy"), "classWeights": [0.5, 2.0],
        "rowWeights": None, "sampling": None, "loss": None, "synthetic": None, "share": 1, "tables": None, "scores": str(folder / "scores.npy"), **changes,
    }
    path = folder / "job.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_what_a_job_holds(tmp_path, monkeypatch):
    monkeypatch.setenv("COUNTERWEIGHT_JOB", str(job(tmp_path)))
    monkeypatch.setenv("COUNTERWEIGHT_SEED", "11")
    own = Job.load()
    assert (own.fit, own.remedy, own.fold, own.repeat, own.seed, own.classes, own.share) == ("a1", "weights:balanced", 2, 1, 11, 2, 1.0)
    assert own.train.dtype == np.int64 and own.train.tolist() == [0, 2, 2, 5] and own.scored.tolist() == [1, 3, 4]
    assert own.class_weights.tolist() == [0.5, 2.0] and own.row_weights is None and own.sampler() is None
    np.testing.assert_array_equal(own.sample_weight(["no", "yes", "yes", "no"]), [0.5, 2, 2, 0.5])
    np.testing.assert_allclose(own.prior, [0.75, 0.25])


def test_row_weights_take_the_place_of_class_weights(tmp_path):
    np.save(tmp_path / "w.npy", np.array([1.0, 2, 3, 4]))
    own = Job.load(job(tmp_path, rowWeights=str(tmp_path / "w.npy")))
    assert own.sample_weight(["no"] * 4).tolist() == [1, 2, 3, 4]


def test_samplers(tmp_path):
    np.save(tmp_path / "e.npy", np.array([[0, 1, 3], [2, 2, 0]], dtype="<i8"))
    own = Job.load(job(tmp_path, sampling={"weights": None, "replacement": True, "draws": 3, "epochs": str(tmp_path / "e.npy")}))
    sampler = own.sampler()
    assert isinstance(sampler, OrderedSampler) and len(sampler) == 3
    assert [list(sampler), list(sampler), list(sampler)] == [[0, 1, 3], [2, 2, 0], [0, 1, 3]]
    np.save(tmp_path / "w.npy", np.array([0.0, 0, 0, 1]))
    own = Job.load(job(tmp_path, sampling={"weights": str(tmp_path / "w.npy"), "replacement": True, "draws": 5, "epochs": None}))
    assert list(own.sampler()) == [3] * 5


@pytest.mark.parametrize("name", ["scores.npy", "scores.csv", "scores.jsonl"])
def test_scores(tmp_path, name):
    own = Job.load(job(tmp_path, scores=str(tmp_path / name)))
    own.report([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]], "probabilities", epochs=3, metrics={"loss": 0.5})
    assert json.loads((tmp_path / "result.json").read_text()) == {"kind": "probabilities", "epochs": 3, "metrics": {"loss": 0.5}}
    if name.endswith("npy"):
        np.testing.assert_array_equal(np.load(tmp_path / name), [[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
        own.report([0.1, 0.8, 0.5])
        assert np.load(tmp_path / name).shape == (3,)
    elif name.endswith("csv"):
        assert (tmp_path / name).read_text().splitlines()[:2] == ["row,no,yes", "1,0.9,0.1"]
    else:
        assert json.loads((tmp_path / name).read_text().splitlines()[0]) == {"row": 1, "no": 0.9, "yes": 0.1}
    for wrong in ([[0.5, 0.5]] * 2, [[1, 0, 0]] * 3, [[np.nan, 1]] + [[0, 1]] * 2, ["a", "b", "c"]):
        with pytest.raises(ValueError):
            own.report(wrong)
    assert not list(tmp_path.glob("*.tmp"))


def run(code, folder, **environment):
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code)], env={**os.environ, **environment}, capture_output=True, text=True, cwd=folder)


def test_refusals(tmp_path):
    path = job(tmp_path, protocol=2)
    done = run("from counterweight.job import Job\nJob.load()", tmp_path, COUNTERWEIGHT_JOB=str(path))
    assert done.returncode == 78 and done.stderr.strip().endswith("the job has 2")
    path = job(tmp_path, loss={"name": "focal", "parameters": {"gamma": 2}, "prior": [0.75, 0.25]})
    done = run("from counterweight.job import Job\nJob.load().require(losses=['cross-entropy'])", tmp_path, COUNTERWEIGHT_JOB=str(path))
    assert done.returncode == 78 and done.stderr.strip().splitlines()[-1] == "this program has no loss 'focal'"


def test_jobs_need_numpy_alone(tmp_path):
    done = run("import sys\nfrom counterweight.job import Job\njob = Job.load()\njob.report([0.1, 0.2, 0.3])\n"
               "print(sorted({'torch', 'sklearn', 'pandas', 'scipy', 'ctypes'} & set(sys.modules) - {'ctypes'}), 'counterweight._native' in sys.modules)",
               tmp_path, COUNTERWEIGHT_JOB=str(job(tmp_path)))
    assert done.stdout.strip() == "[] False", done.stderr


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """A stand-in of the tool that keeps to the contract: two folds, every remedy named, the document that compare writes."""
    monkeypatch.setenv("COUNTERWEIGHT_COMMAND", f"{sys.executable} {HERE / 'tool.py'}")
    return tmp_path


def test_compare(tool):
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    import counterweight

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 3)), rng.choice(["no", "yes"], p=[0.85, 0.15], size=400)
    X[y == "yes", 0] += 1.5
    remedies = ["none", "weights:balanced", "sampler:class-balanced", "loss:focal(gamma=2)"]
    document, frame, report = counterweight.compare(make_pipeline(StandardScaler(), LogisticRegression()), X, y, remedies, out=tool / "a")
    scores = frame.set_index("remedy")["score"]
    assert scores["weights:balanced"] > scores["none"] + 0.04 and scores["sampler:class-balanced"] > scores["none"] + 0.04
    assert frame.set_index("remedy")["status"]["loss:focal(gamma=2)"] == "refused"
    assert document["metric"] == "balanced-accuracy" and os.path.basename(report) == "report.html"
    _, frame, _ = counterweight.compare.compare(KNeighborsClassifier(), X, y, ["none", "weights:balanced"], out=tool / "b")
    assert frame.set_index("remedy")["reason"]["weights:balanced"] == "KNeighborsClassifier.fit takes no sample_weight"
    with pytest.raises(ValueError, match="exit code 2"):
        counterweight.compare(LogisticRegression(), X, y, ["nonsense"], out=tool / "c")
    with pytest.raises(ValueError, match="predict_proba"):
        counterweight.compare(StandardScaler(), X, y)


def test_compare_without_the_tool(monkeypatch):
    from sklearn.linear_model import LogisticRegression

    import counterweight

    monkeypatch.delenv("COUNTERWEIGHT_COMMAND", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="COUNTERWEIGHT_COMMAND"):
        counterweight.compare(LogisticRegression(), [[0.0], [1.0]], [0, 1])
