"""Zips the package and its library into a wheel: a zip with a RECORD of hashes. The same files give the same bytes."""

import base64
import hashlib
import pathlib
import re
import sys
import zipfile

TAG = "py3-none-manylinux_2_36_x86_64"


def main(package: pathlib.Path, out: pathlib.Path) -> None:
    """Writes the wheel and prints its path."""
    version = re.search(r'__version__ = "([^"]+)"', (package / "__init__.py").read_text(encoding="utf-8")).group(1)
    root = package.parent.parent
    info = f"counterweight-{version}.dist-info"
    metadata = "\n".join([
        "Metadata-Version: 2.1", "Name: counterweight", f"Version: {version}",
        "Summary: Class weights, samplers, resamplers, metrics and decisions for classifiers on unequal classes", "License: MIT",
        "Requires-Python: >=3.9", "Requires-Dist: numpy", "Classifier: Programming Language :: Python :: 3", "Classifier: Operating System :: POSIX :: Linux",
        "Description-Content-Type: text/markdown", "", (root / "docs/python.md").read_text(encoding="utf-8") if (root / "docs/python.md").exists() else "",
    ])
    files = {f"counterweight/{path.relative_to(package).as_posix()}": path.read_bytes()
             for path in sorted(package.rglob("*")) if path.suffix in (".py", ".typed", ".so")}
    for library in ("libcounterweight.so", "libcounterweight-v2.so"):
        if f"counterweight/{library}" not in files:
            raise SystemExit(f"python/counterweight/{library} is missing: run python/build.sh.")
    files["counterweight/counterweight.h"] = (root / "src/Counterweight.Native/include/counterweight.h").read_bytes()
    files[f"{info}/METADATA"] = metadata.encode("utf-8")
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: counterweight\nRoot-Is-Purelib: false\nTag: {TAG}\n".encode()
    files[f"{info}/LICENSE"] = (root / "LICENSE").read_bytes()
    record = [f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}" for name, data in files.items()]
    files[f"{info}/RECORD"] = ("\n".join([*record, f"{info}/RECORD,,"]) + "\n").encode()
    path = out / f"counterweight-{version}-{TAG}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)
    print(path)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
