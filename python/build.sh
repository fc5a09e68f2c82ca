#!/usr/bin/env bash
# Builds the native library and the wheel: python/dist/counterweight-VERSION-py3-none-manylinux_2_36_x86_64.whl. Needs the .NET SDK, clang, lld and zlib's
# headers (Debian: clang lld zlib1g-dev); a Python only to zip. With --library the library alone, beside the package, so that this folder works on PYTHONPATH.
set -euo pipefail
cd "$(dirname "$0")/.."

publish() { # LEVEL FILE: the library for processors of a level
  local out=artifacts/python/native-$1
  # A folder and lock files of its own: the committed ones are of the build for every platform, which has no compiler to native code among its packages.
  dotnet publish src/Counterweight.Native -c Release -r linux-x64 -p:PublishAot=true -p:ProcessorLevel="x86-64-$1" -p:ArtifactsPath="$PWD/artifacts/python/build-$1" \
    -p:NuGetLockFilePath=obj/native.lock.json -p:RestoreLockedMode=false -o "$out" -v quiet --nologo
  install -m 755 "$out/libcounterweight.so" "python/counterweight/$2"
}

publish v3 libcounterweight.so
publish v2 libcounterweight-v2.so
[ "${1:-}" = "--library" ] && exit 0

mkdir -p python/dist
python3 python/wheel.py python/counterweight python/dist
