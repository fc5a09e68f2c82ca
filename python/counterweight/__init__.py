"""Class weights, samplers, resamplers, metrics and decisions for classifiers on unequal classes.

The work is done by a native library, the core of Counterweight, which holds no Python objects and no global state but the number of threads.
Nothing is loaded before it is used: ``import counterweight`` takes about a millisecond.

>>> import counterweight as cw
>>> cw.class_weights([0, 0, 0, 1])
array([0.66666667, 2.        ])
>>> cw.pos_weight([0, 0, 0, 1])
3.0
"""

from __future__ import annotations

__version__ = "0.2.0"

TYPE_CHECKING = False  # as type checkers know it, without the time that typing takes to load
if TYPE_CHECKING:  # pragma: no cover
    from ._decisions import Calibration, Decision, TunedOffsets, TunedThreshold, calibrate, prior_correct, tune_offsets, tune_threshold
    from ._native import set_threads, threads
    from ._weights import Explanation, class_weights, explain, pos_weight, sample_weights

_HOME = {
    "class_weights": "_weights", "sample_weights": "_weights", "pos_weight": "_weights", "explain": "_weights", "Explanation": "_weights",
    "tune_threshold": "_decisions", "tune_offsets": "_decisions", "Decision": "_decisions", "prior_correct": "_decisions", "calibrate": "_decisions",
    "Calibration": "_decisions", "TunedThreshold": "_decisions", "TunedOffsets": "_decisions",
    "set_threads": "_native", "threads": "_native",
}
_MODULES = ("torch", "over_sampling", "under_sampling", "combine", "metrics", "job", "compare")

__all__ = [*_HOME, *_MODULES]


def __getattr__(name: str):
    import importlib

    if name in _HOME:
        value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'counterweight' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
