"""The native library: loading, calls, errors, handles, and what a fork needs."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
import threading
import time
import weakref

import numpy as np

_PLATFORM = "Linux on x86-64 with glibc 2.36 or newer"
# What libcounterweight.so asks for: x86-64-v3, as Linux calls its parts. Virtual machines hide some of them, and then the other library is loaded.
_V3 = {"avx2", "bmi1", "bmi2", "fma", "movbe", "f16c", "abm"}

INT_TYPES = {"int8": 1, "uint8": 2, "int16": 3, "uint16": 4, "int32": 5, "uint32": 6, "int64": 7}
FLOAT_TYPES = {"float32": 9, "float64": 10}
TEXT, ROWS, LABELS, SOURCES, BASES, PARTNERS, TARGETS, TARGETED, VALUES, COUNTS = range(10)
_PART_TYPES = {
    TEXT: np.uint8, LABELS: np.int32, SOURCES: np.int64, BASES: np.int64, PARTNERS: np.int64, TARGETS: np.int64, TARGETED: np.uint8, VALUES: np.int64,
    COUNTS: np.int64,
}

_i32, _i64, _f64, _text, _array = ctypes.c_int32, ctypes.c_int64, ctypes.c_double, ctypes.c_char_p, ctypes.c_void_p
SIGNATURES = {
    "cw_set_threads": [_i32],
    "cw_size": [_i64, _i32, _array],
    "cw_copy": [_i64, _i32, _array, _i64],
    "cw_free": [_i64],
    "cw_encode": [_array, _i32, _i64, _array, _array],
    "cw_take": [_array, _i64, _i64, _array, _i64, _array],
    "cw_class_weights": [_array, _i64, _text, _text, _f64, _i32, _array],
    "cw_explain": [_array, _i64, _text, _text, _text, _i64, _text, _f64, _array],
    "cw_resample": [_text, _text, _array, _i32, _i64, _i64, _array, _i64, _array, _i64, _i64, _array],
    "cw_sampler": [_text, _array, _i64, _i64, _array, _i64, _i64, _i64, _array],
    "cw_sampler_weighted": [_array, _i32, _i64, _i64, _i32, _i64, _array],
    "cw_sampler_part": [_i64, _i32, _i32, _i32, _array],
    "cw_sampler_length": [_i64, _array],
    "cw_sampler_fill": [_i64, _i64, _i64, _array, _i64],
    "cw_metric": [_text, _array, _i64, _i64, _array, _array, _i64, _i32, _array, _i32, _array],
    "cw_confusion": [_array, _array, _i64, _i64, _array, _array],
    "cw_bootstrap": [_text, _array, _i64, _i64, _array, _array, _i64, _i32, _array, _i32, _f64, _i64, _i32, _i32, _i64, _array],
    "cw_delong": [_array, _array, _array, _i64, _f64, _i32, _array],
    "cw_tune_threshold": [_text, _array, _array, _i64, _array, _array, _text, _i32, _array],
    "cw_tune_offsets": [_text, _array, _array, _i64, _i64, _array, _array, _i64, _array, _array],
    "cw_calibrate": [_text, _array, _array, _i64, _i64, _array, _array],
    "cw_decision": [_text, _text, _array],
    "cw_decide": [_i64, _array, _i64, _i64, _array],
    "cw_transform": [_i64, _array, _i64, _array],
}

_library = None
# A call begins with the gate open and is counted; a fork closes the gate and waits for those that are under way. Both locks may be taken again by their
# thread, because a handle can be freed anywhere by the collector.
_gate = threading.RLock()
_count = threading.RLock()
_active = 0


def _unfit() -> str | None:
    """Why this machine is not the wheel's, or None."""
    if sys.platform != "linux":
        return f"this is {platform.system()}"
    if platform.machine() not in ("x86_64", "AMD64"):
        return f"this processor is {platform.machine()}"
    return None


def _flags() -> list[str]:
    """What the processor can do, as Linux calls it; empty where it does not say."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
            return next((line.split(":", 1)[1].split() for line in info if line.startswith("flags")), [])
    except OSError:
        return []


def _name(flags: list[str]) -> str:
    """The library for a processor: loops of AVX2 where it has all of x86-64-v3, else loops for any x86-64 since 2009."""
    # gVisor calls abm by the name of its instruction.
    return "libcounterweight.so" if _V3 <= {"abm" if flag == "lzcnt" else flag for flag in flags} else "libcounterweight-v2.so"


def load() -> ctypes.CDLL:
    """The library, loaded at the first call."""
    global _library
    if _library is not None:
        return _library
    path = os.environ.get("COUNTERWEIGHT_LIBRARY") or os.path.join(os.path.dirname(os.path.abspath(__file__)), _name(_flags()))
    reason = _unfit()
    loaded = None
    if reason is None:
        try:
            loaded = ctypes.CDLL(path)
        except OSError as problem:
            reason = str(problem)
    if loaded is None:
        raise ImportError(f"counterweight cannot load its native library ({path}): {reason}. This wheel is for {_PLATFORM}; elsewhere build the library "
                          "with python/build.sh of the Counterweight repository and name it in COUNTERWEIGHT_LIBRARY.")
    loaded.cw_version.restype = ctypes.c_char_p
    loaded.cw_last_error.restype = ctypes.c_char_p
    loaded.cw_threads.restype = ctypes.c_int32
    for name, arguments in SIGNATURES.items():
        function = getattr(loaded, name)
        function.argtypes, function.restype = arguments, ctypes.c_int32
    from . import __version__
    version = loaded.cw_version().decode()
    if version != __version__:
        raise ImportError(f"{path} is version {version} and the package {__version__}; install both from one wheel.")
    loaded.cw_threads()
    with _gate:
        if _library is None:
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(before=_before_fork, after_in_parent=_gate.release, after_in_child=_gate.release)
            _library = loaded
    return _library


def _before_fork() -> None:
    """No call may be under way when a process forks, and the library's own threads must be asleep: the child has their memory, but not them."""
    _gate.acquire()
    while True:
        with _count:
            if _active == 0:
                break
        time.sleep(0.0002)
    for _ in range(2000):
        if not _awake():
            return
        time.sleep(0.0002)


def _awake() -> bool:
    """Whether a thread of the library's runtime is not asleep."""
    try:
        for task in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{task}/stat", "rb") as stat:
                text = stat.read()
            name = text[text.index(b"(") + 1:text.rindex(b")")]
            if name.startswith(b".NET") and text[text.rindex(b")") + 2:text.rindex(b")") + 3] not in b"SI":
                return True
    except (OSError, ValueError):
        return False
    return False


def call(name: str, *arguments) -> None:
    """Calls a function of the library; a failure becomes an exception with the library's message."""
    global _active
    library = load()
    with _gate, _count:
        _active += 1
    try:
        status = getattr(library, name)(*arguments)
        message = library.cw_last_error().decode("utf-8", "replace") if status else ""
    finally:
        with _count:
            _active -= 1
    if status == 0:
        return
    if status in (1, 2):
        raise ValueError(message)
    if status == 3:
        raise MemoryError(message)
    raise RuntimeError(f"fault in libcounterweight, please report it: {message}")


def pointer(array: np.ndarray | None):
    """The address of an array for a call, or null."""
    return None if array is None else array.ctypes.data


class Handle:
    """Something that the library keeps until this object goes."""

    __slots__ = ("value", "_free", "__weakref__")

    def __init__(self, value: int):
        self.value = value
        self._free = weakref.finalize(self, _release, value)
        self._free.atexit = False

    def size(self, part: int) -> int:
        room = ctypes.c_int64()
        call("cw_size", self.value, part, ctypes.addressof(room))
        return room.value

    def copy(self, part: int, dtype=None) -> np.ndarray:
        """A part as an array of its own."""
        array = np.empty(self.size(part), dtype=dtype or _PART_TYPES[part])
        call("cw_copy", self.value, part, array.ctypes.data, array.nbytes)
        return array

    def text(self) -> str:
        return self.copy(TEXT).tobytes().decode("utf-8")

    def free(self) -> None:
        self._free()


def _release(value: int) -> None:
    global _active
    with _gate, _count:
        _active += 1
    try:
        _library.cw_free(value)
    finally:
        with _count:
            _active -= 1


def make(name: str, *arguments) -> Handle:
    """Calls a function whose last argument takes a handle."""
    room = ctypes.c_int64()
    call(name, *arguments, ctypes.addressof(room))
    return Handle(room.value)


def set_threads(threads: int) -> None:
    """Sets the most threads that the library uses from now on, in the whole process; 0 means every processor.

    >>> import counterweight as cw
    >>> cw.set_threads(1)
    >>> cw.threads()
    1
    >>> cw.set_threads(0)
    """
    try:
        call("cw_set_threads", threads)
    except ctypes.ArgumentError:
        raise ValueError(f"threads is a whole number of 0 or more; {threads!r} is not.") from None


def threads() -> int:
    """The threads that the library may use: 0 for every processor; always 1 in a process that was forked from one that uses the library.

    >>> import counterweight as cw
    >>> cw.threads()
    0
    """
    return load().cw_threads()
