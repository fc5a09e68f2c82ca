#!/usr/bin/env bash
# Builds the native library and the wheel: python/dist/counterweight-VERSION-py3-none-manylinux_2_36_x86_64.whl. Needs the .NET SDK, clang, lld and zlib's
# headers (Debian: clang lld zlib1g-dev); a Python only to zip. With --library the library alone, beside the package, so that this folder works on PYTHONPATH.
set -euo pipefail
cd "$(dirname "$0")/.."

out=artifacts/python/native
# A folder and lock files of its own: the committed ones are of the build for every platform, which has no compiler to native code among its packages.
dotnet publish src/Counterweight.Native -c Release -r linux-x64 -p:PublishAot=true -p:ArtifactsPath="$PWD/artifacts/python/build" \
  -p:NuGetLockFilePath=obj/native.lock.json -p:RestoreLockedMode=false -o "$out" -v quiet --nologo
install -m 755 "$out/libcounterweight.so" python/counterweight/libcounterweight.so
[ "${1:-}" = "--library" ] && exit 0

mkdir -p python/dist
python3 python/wheel.py python/counterweight python/dist
