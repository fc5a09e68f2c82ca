#!/usr/bin/env bash
# Packs every package into a folder (artifacts/packages, or the one named), the tool once per platform. The version is that of the last tag vX.Y.Z by MinVer,
# or the one in COUNTERWEIGHT_VERSION; where there is no tag yet, the one of Directory.Build.props. With the last release's packages in a source of the
# user's, COUNTERWEIGHT_BASELINE=X.Y.Z has each library compared with it: a change that breaks programs fails the packing.
# Usage: build/pack.sh [--trial] [FOLDER]. --trial packs what 'dotnet build -c Release' has built, and the tool for this platform alone, in the version of
# Directory.Build.props: packages to be tried, not to be published.
set -euo pipefail
cd "$(dirname "$0")/.."
trial=false
if [ "${1:-}" = --trial ]; then trial=true; shift; fi
out=$(realpath -m "${1:-artifacts/packages}")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() { # COMMAND...: says why where it fails
  "$@" > "$log" 2>&1 && return
  grep -E '(error|warning) [A-Z]+[0-9]+' "$log" | sort -u | head -n 20 || tail -n 20 "$log"
  if grep -qE 'NU110[1-3]|NU1301' "$log"; then echo "The packages named above are not to be had from the sources of packages of this machine (dotnet nuget list source)."; fi
  echo "packing failed: $*"
  exit 1
}

options=("-p:PackageOutputPath=$out")
if $trial; then
  libraries=("${options[@]}" -p:NoBuild=true)
  tool=("${options[@]}" -p:ToolPlatforms=here)
else
  version=${COUNTERWEIGHT_VERSION:-}
  if [ -z "$version" ] && git describe --tags --match 'v[0-9]*' > /dev/null 2>&1; then
    run dotnet tool restore
    version=$(dotnet minver --tag-prefix v --verbosity error)
  fi
  [ -z "$version" ] || options+=("-p:Version=$version")
  [ -z "${COUNTERWEIGHT_BASELINE:-}" ] || options+=("-p:PackageValidationBaselineVersion=$COUNTERWEIGHT_BASELINE")
  # What a package says of the others' versions is read when they are restored.
  run dotnet restore Counterweight.slnx "${options[@]}"
  libraries=("${options[@]}")
  tool=("${options[@]}")
fi
rm -rf "$out"
run dotnet build build/packages.proj -c Release --no-restore "${libraries[@]}" -v quiet -nologo
run dotnet pack src/Counterweight.Cli -c Release "${tool[@]}" -v quiet -nologo
ls -l "$out" | awk 'NR > 1 { printf "%9.1f MB  %s\n", $5 / 1e6, $9 }'
