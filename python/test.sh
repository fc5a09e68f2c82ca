#!/usr/bin/env bash
# Builds the wheel, installs it into a folder of its own with pip (no package index), and runs the tests of the Python package against it. Installs the Debian
# packages that it needs where it may. The last line is 'N passed, N failed'.
set -uo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}

need=()
command -v clang >/dev/null 2>&1 || need+=(clang)
command -v lld >/dev/null 2>&1 || need+=(lld)
[ -e /usr/include/zlib.h ] || need+=(zlib1g-dev)
command -v nm >/dev/null 2>&1 || need+=(binutils)
for module in numpy scipy pandas torch pytest pip; do "$python" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$module') is None)" || need+=("python3-$module"); done
"$python" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('sklearn') is None)" || need+=(python3-sklearn)
"$python" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('imblearn') is None)" || need+=(python3-imblearn)
if [ ${#need[@]} -gt 0 ]; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}"; } >/dev/null 2>&1 \
    || { echo "could not install: ${need[*]}"; echo "0 passed, 1 failed"; exit 1; }
fi

python/build.sh || { echo "the library could not be built"; echo "0 passed, 1 failed"; exit 1; }
place=artifacts/python/installed
rm -rf "$place"
"$python" -m pip install --quiet --no-index --no-deps --target "$place" python/dist/*.whl || { echo "the wheel cannot be installed"; echo "0 passed, 1 failed"; exit 1; }

log=$(mktemp)
[ -e artifacts/tool/Counterweight.Cli.dll ] && export COUNTERWEIGHT_COMMAND="dotnet $PWD/artifacts/tool/Counterweight.Cli.dll"
PYTHONPATH="$PWD/$place:$PWD/python/tests" "$python" -m pytest -q -p no:cacheprovider python/tests 2>&1 | tee "$log"
code=${PIPESTATUS[0]}
passed=$(tail -1 "$log" | grep -oE '[0-9]+ passed' | grep -oE '[0-9]+')
failed=$(tail -1 "$log" | grep -oE '[0-9]+ (failed|error|errors|skipped)' | awk '{ sum += $1 } END { print sum + 0 }')
rm -f "$log"
[ "$code" -ne 0 ] && [ "${failed:-0}" -eq 0 ] && failed=1
echo "${passed:-0} passed, ${failed:-0} failed"
[ "$code" -eq 0 ] && [ "${failed:-0}" -eq 0 ] && [ "${passed:-0}" -gt 0 ]
