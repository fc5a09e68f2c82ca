"""The header, the exports of the library and the signatures of the package say the same."""

import ctypes
import pathlib
import re
import subprocess

import pytest

from counterweight import _native

HEADER = pathlib.Path(__file__).parents[2] / "src/Counterweight.Native/include/counterweight.h"
KINDS = {"int32_t": ctypes.c_int32, "int64_t": ctypes.c_int64, "double": ctypes.c_double, "cw_handle": ctypes.c_int64}


def declared():
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.S)
    found = {}
    for result, name, arguments in re.findall(r"^([\w \*]+?)\b(cw_\w+)\(([^;]*)\);", text, flags=re.M):
        found[name] = (result.strip(), [a.strip() for a in arguments.replace("\n", " ").split(",") if a.strip() != "void"])
    return found


def exported():
    library = _native.load()
    listed = subprocess.run(["nm", "-D", "--defined-only", library._name], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].split("@")[0] for line in listed.splitlines() if " cw_" in line}


def test_header_declares_what_the_library_exports():
    assert set(declared()) == exported()


@pytest.mark.parametrize("name", sorted(_native.SIGNATURES))
def test_signature(name):
    result, arguments = declared()[name]
    assert result == "int32_t"
    kinds = []
    for argument in arguments:
        if "*" in argument:
            kinds.append(ctypes.c_char_p if argument.startswith("const char") else ctypes.c_void_p)
        else:
            kinds.append(KINDS[argument.split()[0]])
    assert _native.SIGNATURES[name] == kinds


def test_parts_and_types_have_the_numbers_of_the_header():
    text = HEADER.read_text(encoding="utf-8")
    numbers = {name: int(value) for name, value in re.findall(r"\b(CW_\w+) = (\d+)", text)}
    for name in ("TEXT", "ROWS", "LABELS", "SOURCES", "BASES", "PARTNERS", "TARGETS", "TARGETED", "VALUES", "COUNTS"):
        assert getattr(_native, name) == numbers[f"CW_{name}"]
    for kinds in (_native.INT_TYPES, _native.FLOAT_TYPES):
        for name, number in kinds.items():
            assert numbers[f"CW_{name.upper()}"] == number
