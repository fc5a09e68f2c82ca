"""``counterweight.compare`` and ``counterweight.job`` against the real tool, which the build of the project leaves in artifacts/."""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest

TOOL = pathlib.Path(__file__).parents[2] / "artifacts" / "bin" / "Counterweight.Cli" / "release" / "Counterweight.Cli.dll"


@pytest.fixture
def tool(monkeypatch):
    command = os.environ.get("COUNTERWEIGHT_COMMAND")
    if not command:
        if not TOOL.exists() or shutil.which("dotnet") is None:
            pytest.skip("the tool is not built: dotnet build -c Release")
        command = f"dotnet {shlex.quote(str(TOOL))}"
        monkeypatch.setenv("COUNTERWEIGHT_COMMAND", command)
    return shlex.split(command)


def rows(count=300):
    random = np.random.default_rng(4)
    y = np.where(np.arange(count) % 6 == 0, "rare", "common")
    X = random.normal(size=(count, 3)) + 1.2 * (y == "rare")[:, None]
    return X, y


def test_compare_on_the_real_tool(tool, tmp_path):
    import counterweight
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = rows()
    remedies = ["none", "weights:balanced", "sampler:class-balanced", "threshold:tuned", "loss:focal"]
    document, frame, report = counterweight.compare(
        make_pipeline(StandardScaler(), LogisticRegression()), X, y, remedies, out=tmp_path / "out", options=["--holdout", "0.3", "--jobs", "2"])
    table = frame.to_dict("records") if hasattr(frame, "to_dict") else frame
    status = {row["remedy"].split("(")[0]: row["status"] for row in table}
    assert status == {"none": "done", "weights:balanced": "done", "sampler:class-balanced": "done", "threshold:tuned": "done", "loss:focal": "refused"}
    gain = {row["remedy"].split("(")[0]: row["gain"] for row in table}
    assert gain["weights:balanced"] > 0.02 and gain["threshold:tuned"] > 0.02
    assert document["dataset"]["rows"] == len(y) and [c["label"] for c in document["dataset"]["classes"]] == ["common", "rare"]
    assert pathlib.Path(report).read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html")

    # What the tool scored is what the estimator gives on the rows of the job.
    job = json.loads(next(p for p in (tmp_path / "out" / "fits").glob("*-none-*/job.json")).read_text(encoding="utf-8"))
    scored = np.r_[np.load(job["validation"]), np.load(job["test"])]
    own = make_pipeline(StandardScaler(), LogisticRegression()).fit(X[np.load(job["train"])], y[np.load(job["train"])])
    np.testing.assert_allclose(np.load(job["scores"]), own.predict_proba(X[scored]), atol=1e-9)


def test_what_the_tool_refuses_is_an_error(tool, tmp_path):
    import counterweight
    from sklearn.linear_model import LogisticRegression

    X, y = rows(60)
    with pytest.raises(ValueError, match="nonsense"):
        counterweight.compare(LogisticRegression(), X, y, ["nonsense"], out=tmp_path / "a")


def test_the_check_of_the_tool_finds_nothing_wrong_with_a_job_program(tool, tmp_path):
    X, y = rows()
    data = tmp_path / "data.csv"
    data.write_text("a,b,c,y\n" + "".join(f"{','.join(map(repr, map(float, x)))},{label}\n" for x, label in zip(X, y)), encoding="utf-8")
    script = tmp_path / "train.py"
    script.write_text("""
import csv
import numpy as np
from sklearn.linear_model import LogisticRegression
from counterweight.job import Job

job = Job.load()
if job.loss or job.synthetic: job.refuse("a logistic regression has one loss, and reads no made rows")
table = list(csv.reader(open(job.data["file"], newline="")))[1:]
X, y = np.array([row[:3] for row in table], float), np.array([row[3] for row in table])
rows, weights = job.train, job.sample_weight(y[job.train])
if job.sampler():
    drawn = job.sampler().indices(0)
    rows, weights = rows[drawn], None if weights is None else weights[drawn]
model = LogisticRegression().fit(X[rows], y[rows], sample_weight=weights)
job.report(model.predict_proba(X[job.scored]))
""", encoding="utf-8")
    home = pathlib.Path(__import__("counterweight").__file__).parents[1]
    done = subprocess.run([*tool, "trainer", "--check", f"{sys.executable} {script}", str(data), "-t", "y", "--json"], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": f"{home}:{os.environ.get('PYTHONPATH', '')}"})
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    outcome = {look["name"]: look["outcome"] for look in document["checks"]}
    assert outcome["weights:balanced"] == outcome["sampler:class-balanced"] == "ok"
