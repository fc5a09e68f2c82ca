"""The library behind the package: the program in C, several threads, forks, memory, arrays of every kind."""

import ctypes
import gc
import os
import pathlib
import pickle
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest

import counterweight as cw
from counterweight import _native, combine, metrics, over_sampling, under_sampling
from counterweight.torch import ClassBalancedSampler, WeightedRandomSampler

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(0)
X = rng.normal(size=(4000, 6))
y = (rng.random(4000) < 0.15).astype(np.int64)
X[y == 1, 0] += 1.0


def test_the_program_in_c(tmp_path):
    compiler = shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")
    assert compiler, "a C compiler is needed for this test: gcc, clang or cc"
    library = pathlib.Path(_native.load()._name)
    program = tmp_path / "abi"
    include = HERE.parents[1] / "src/Counterweight.Native/include"
    subprocess.run([compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", f"-I{include}", str(HERE / "abi.c"), "-o", str(program), str(library),
                    f"-Wl,-rpath,{library.parent}", "-lpthread", "-lm"], check=True)
    done = subprocess.run([str(program)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def everything():
    """A call of each kind; the numbers do not depend on the threads."""
    p = 1 / (1 + np.exp(-X[:, 0]))
    found = [cw.class_weights(y).sum(), cw.sample_weights(y).sum(), cw.explain([900, 100])["effectiveSampleSize"], float(cw.tune_threshold(y, p)),
             cw.tune_offsets(y, p).value, cw.calibrate(y, p, "platt")(p).sum(), cw.prior_correct(p, [0.5, 0.5], [0.9, 0.1]).sum(),
             metrics.average_precision_score(y, p), metrics.f1_score(y, p > 0.5), metrics.bootstrap_interval(y, p, "roc-auc", resamples=50).low,
             metrics.delong(y, p).low, WeightedRandomSampler(p, 1000, seed=1).indices().sum(), ClassBalancedSampler(y, seed=1).indices().sum()]
    for module in (over_sampling, under_sampling, combine):
        for name in module.__all__:
            sampler = getattr(module, name)()
            if "random_state" in sampler.get_params():
                sampler.set_params(random_state=3)
            if name == "SMOTENC":
                sampler.set_params(categorical_features=[0])
            rows = np.round(X, 1) if name in ("SMOTENC", "SMOTEN") else X
            some = 600 if name in ("SMOTEN", "CondensedNearestNeighbour", "InstanceHardnessThreshold", "ClusterCentroids") else 4000
            result, labels = sampler.fit_resample(rows[:some], y[:some])
            found += [result.sum(), labels.sum(), sampler.sample_indices_.sum()]
    return np.array([float(v) for v in found])


@pytest.fixture(scope="module")
def expected():
    return everything()


def test_one_thread_gives_the_same(expected):
    cw.set_threads(1)
    try:
        assert cw.threads() == 1
        np.testing.assert_allclose(everything(), expected, rtol=1e-12)
    finally:
        cw.set_threads(0)


def test_everything_works_after_a_fork(expected):
    # Work right before the fork: the library's threads are still awake.
    for _ in range(3):
        over_sampling.SMOTE(random_state=0).fit_resample(X, y)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                import signal

                signal.alarm(240)
                assert cw.threads() == 1
                np.testing.assert_allclose(everything(), expected, rtol=1e-12)
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert status == 0
    np.testing.assert_allclose(over_sampling.SMOTE(random_state=0).fit_resample(X, y)[0].sum(), over_sampling.SMOTE(random_state=0).fit_resample(X, y)[0].sum())


def test_forks_while_other_threads_call():
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            under_sampling.EditedNearestNeighbours().fit_resample(X, y)

    workers = [threading.Thread(target=busy) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(5):
            child = os.fork()
            if child == 0:
                import signal

                signal.alarm(60)
                ok = under_sampling.TomekLinks().fit_resample(X, y)[0].shape[0] < 4000
                os._exit(0 if ok else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def test_several_threads_at_once(expected):
    wrong = []

    def work():
        for _ in range(5):
            rows, _ = over_sampling.SMOTE(random_state=3).fit_resample(X, y)
            if rows.sum() != first:
                wrong.append(rows.sum())
            with pytest.raises(ValueError, match="nonsense"):
                cw.class_weights([0, 1], "nonsense")

    first = over_sampling.SMOTE(random_state=3).fit_resample(X, y)[0].sum()
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_ten_thousand_calls_do_not_grow():
    small, labels = X[:60], y[:60]
    weights = np.ones(60)

    def some():
        over_sampling.SMOTE(random_state=0, k_neighbors=2).fit_resample(small, labels)
        WeightedRandomSampler(weights, 60, seed=0).indices()
        metrics.roc_auc_score(labels, small[:, 0])
        decision = cw.tune_threshold(labels, small[:, 0]).decision()
        decision.apply(small[:, 0])
        with pytest.raises(ValueError):
            metrics.roc_auc_score(labels, small[:, 0] * np.nan)

    # The library's own heap grows to its size first; after that 1500 rounds of seven calls and more may not add to it.
    history = [resident()]
    for _ in range(10):
        for _ in range(500):
            some()
        gc.collect()
        history.append(resident())
        if len(history) > 3 and history[-1] - history[-4] < 8 << 20:
            return
    pytest.fail(f"memory grew: {[size >> 20 for size in history]} MB")


@pytest.mark.parametrize("array", [
    X[:, ::-1], X[::2], np.asfortranarray(X), X.astype(np.float32), X.astype(">f8"), X.astype(np.float16), (X * 10).astype(np.int16), X.astype(np.longdouble),
    X > 0, X.tolist(), X.astype(object),
], ids=["reversed columns", "every second row", "by columns", "float32", "big endian", "float16", "int16", "longdouble", "bool", "list", "object"])
def test_rows_of_every_kind(array):
    labels = y[:len(array)]
    plain = np.ascontiguousarray(np.asarray(array, dtype=np.float64))
    rows, out = under_sampling.EditedNearestNeighbours().fit_resample(array, labels)
    kept = under_sampling.EditedNearestNeighbours()
    kept.fit_resample(plain, labels)
    ours = under_sampling.EditedNearestNeighbours()
    ours.fit_resample(array, labels)
    if getattr(array, "dtype", None) not in (np.float32, np.float16):
        np.testing.assert_array_equal(ours.sample_indices_, kept.sample_indices_)
    assert len(rows) == len(out)
    if isinstance(array, np.ndarray):
        assert rows.dtype == array.dtype


def test_unaligned_rows():
    odd = np.frombuffer(b"-" + X.tobytes(), dtype=np.float64, offset=1).reshape(X.shape)
    assert not odd.flags.aligned
    np.testing.assert_array_equal(under_sampling.TomekLinks().fit_resample(odd, y)[0], under_sampling.TomekLinks().fit_resample(X, y)[0])


def test_read_only_rows_are_not_written():
    own = X.copy()
    own.flags.writeable = False
    over_sampling.SMOTE(random_state=0).fit_resample(own, y)
    np.testing.assert_array_equal(own, X)


@pytest.mark.parametrize("labels", [
    y.astype(np.int8), y.astype(np.uint8), y.astype(np.uint16), y.astype(np.int32), y.astype(np.uint32), y.astype(np.uint64), y.astype(bool), y.astype(float),
    y.astype(str), y.astype(object), y.astype(">i4"), y[:, None], y.tolist(), y * 10**15, -y, np.stack([y, y], 1)[:, 0],
])
def test_labels_of_every_kind(labels):
    np.testing.assert_allclose(np.sort(cw.class_weights(labels)), np.sort(cw.class_weights(y)))
    classes = np.unique(np.asarray(labels))
    rows, out = under_sampling.RandomUnderSampler(random_state=0).fit_resample(X, labels)
    assert set(np.unique(np.asarray(out)).tolist()) == set(classes.tolist())


def test_three_labels_after_many_of_two():
    labels = np.tile([4, 9], 400_000)
    labels[-1] = 7
    np.testing.assert_allclose(cw.class_weights(labels, "inverse"), 1 / np.array([400_000, 1, 399_999]))


def test_what_cannot_be_used_is_an_error():
    smote = over_sampling.SMOTE()
    for rows, labels, message in [
        (np.zeros((0, 3)), [], "0 sample"), (np.zeros((3, 0)), [0, 1, 0], "0 feature"), (np.zeros(3), [0, 1, 0], "Expected 2D array"),
        (np.zeros((3, 3, 3)), [0, 1, 0], "Expected 2D array"), (X, y[:-1], "inconsistent numbers"), (X, None, "y must be given"),
        (np.where(np.arange(6) == 2, np.nan, X[:100]), y[:100], "row 1, column 3"), (X[:50] * np.inf, y[:50], "row 1"),
        ([["a", 1.0]] * 5, [0, 1, 0, 1, 0], "could not convert"), (X[:5], [0, 1, None, 0, 1], "row 3"), (X[:5], [0.5, 1, 2, 3, 4], "continuous"),
        (X[:5], [0, 1, np.nan, 0, 1], "row 3"), (X[:5], [0, 0, 0, 0, 0], "more than 1 class"), (X[:5], [0, 0, 0, 0, 1], "has 1 row"),
        (X[:5], [[0, 1], [1, 1], [0, 0], [1, 0], [1, 0]], "Multilabel"),
    ]:
        with pytest.raises(ValueError, match=message):
            smote.fit_resample(rows, labels)


def test_messages_name_the_labels_and_columns():
    import pandas as pd

    frame = pd.DataFrame(X[:20, :2].copy(), columns=["length", "width"])
    labels = ["good"] * 18 + ["bad"] * 2
    with pytest.raises(ValueError, match="Class 'bad' has 2 rows"):
        over_sampling.SMOTE().fit_resample(frame, labels)
    frame.iloc[3, 1] = np.nan
    with pytest.raises(ValueError, match="row 4, column 'width'"):
        over_sampling.SMOTE(k_neighbors=1).fit_resample(frame, labels)


def test_more_rows_than_an_array_holds_are_refused():
    columns = np.broadcast_to(np.zeros(1, dtype=np.int8), (2**31 + 8,))
    codes = np.zeros(2, dtype=np.int32)
    with pytest.raises(ValueError, match="2\\^31 - 1"):
        _native.make("cw_encode", columns.ctypes.data, 1, columns.shape[0], codes.ctypes.data)


def test_a_library_for_another_platform_says_so(tmp_path):
    broken = tmp_path / "libcounterweight.so"
    broken.write_bytes(b"\x7fELF nothing")
    code = "import counterweight as cw\ntry:\n    cw.class_weights([0, 1])\nexcept ImportError as problem:\n    print(problem)"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "COUNTERWEIGHT_LIBRARY": str(broken)}, capture_output=True, text=True, check=True)
    assert "Linux on x86-64 with glibc 2.36 or newer" in done.stdout


def test_the_library_is_that_of_the_processor():
    everything = [*_native._V3, "sse4_2", "avx512f"]
    assert _native._name(everything) == "libcounterweight.so"
    assert _native._name(["lzcnt" if flag == "abm" else flag for flag in everything]) == "libcounterweight.so"
    for flag in _native._V3:
        assert _native._name([other for other in everything if other != flag]) == "libcounterweight-v2.so"
    assert _native._name([]) == "libcounterweight-v2.so"


def test_the_library_for_older_processors_gives_the_same():
    library = pathlib.Path(_native.__file__).with_name("libcounterweight-v2.so")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(pathlib.Path(__file__).with_name("test_golden.py"))],
                          env={**os.environ, "COUNTERWEIGHT_LIBRARY": str(library)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]


def test_import_is_quick_and_loads_nothing():
    code = ("import sys, time; begun = time.perf_counter(); import counterweight; took = time.perf_counter() - begun\n"
            "print(took, sorted({'numpy', 'torch', 'sklearn', 'pandas'} & set(sys.modules)))")
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split(" ", 1) for _ in range(5)]
    assert all(loaded.strip() == "[]" for _, loaded in runs)
    assert min(float(took) for took, _ in runs) < 0.05


def test_samplers_import_torch_only_when_it_is_used():
    code = "import sys\nfrom counterweight.torch import WeightedRandomSampler\nlist(WeightedRandomSampler([1.0, 2.0], 2))\nprint('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_without_scikit_learn():
    code = ("import sys\nsys.modules['sklearn'] = None\nimport importlib.util\nfind = importlib.util.find_spec\n"
            "importlib.util.find_spec = lambda name, *a: None if name.startswith('sklearn') else find(name, *a)\n"
            "import numpy as np\nfrom counterweight.over_sampling import SMOTE\nfrom counterweight.combine import SMOTEENN\n"
            "s = SMOTE(k_neighbors=2, random_state=1)\nassert s.get_params()['k_neighbors'] == 2 and s.set_params(k_neighbors=3) is s\n"
            "X = np.random.default_rng(0).normal(size=(60, 2))\nrows, labels = s.fit_resample(X, [0] * 45 + [1] * 15)\n"
            "SMOTEENN(random_state=0, smote=s).fit_resample(X, [0] * 45 + [1] * 15)\nprint(repr(s), rows.shape)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("SMOTE(k_neighbors=3, n_jobs=None, random_state=1, sampling_strategy='auto') (90, 2)")


def test_handles_end_with_their_objects():
    handle = _native.make("cw_sampler_weighted", np.ones(3).ctypes.data, 10, 3, 3, 1, 0)
    number = handle.value
    del handle
    gc.collect()
    room = ctypes.c_int64()
    with pytest.raises(ValueError, match="no handle"):
        _native.call("cw_sampler_length", number, ctypes.addressof(room))


def test_pickles():
    p = 1 / (1 + np.exp(-X[:, 0]))
    best = cw.tune_threshold(y, p)
    again = pickle.loads(pickle.dumps(best))
    assert (again, again.value, again.metric) == (best, best.value, best.metric)
    decision = pickle.loads(pickle.dumps(best.decision()))
    np.testing.assert_array_equal(decision.apply(p), p >= best)
    calibration = cw.calibrate(y, p, "beta")
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(calibration))(p), calibration(p))
    sampler = over_sampling.SMOTE(random_state=2)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(sampler)).fit_resample(X, y)[0], sampler.fit_resample(X, y)[0])
