"""The example of every docstring runs, and every public function has one."""

import doctest
import importlib
import inspect

import pytest

import counterweight

MODULES = ["counterweight", "counterweight._weights", "counterweight._decisions", "counterweight._native", "counterweight.torch",
           "counterweight.over_sampling", "counterweight.under_sampling", "counterweight.combine", "counterweight.metrics", "counterweight.job",
           "counterweight.compare"]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    counterweight.set_threads(0)
    result = doctest.testmod(module)
    assert result.failed == 0 and result.attempted > 0


@pytest.mark.parametrize("name", sorted(counterweight._HOME))
def test_public_names_are_documented(name):
    value = getattr(counterweight, name)
    assert inspect.getdoc(value)
    if name not in ("Explanation", "Calibration", "TunedThreshold", "TunedOffsets"):
        assert ">>>" in inspect.getdoc(value)


@pytest.mark.parametrize("module", ["torch", "over_sampling", "under_sampling", "combine", "metrics", "job", "compare"])
def test_public_classes_and_functions_have_examples(module):
    own = importlib.import_module(f"counterweight.{module}")
    for name in own.__all__:
        value = getattr(own, name)
        if callable(value) and name not in ("MetricInterval", "AucDifference", "OrderedSampler", "Comparison"):
            assert ">>>" in (inspect.getdoc(value) or ""), name
