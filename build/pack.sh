#!/usr/bin/env bash
# Packs every package into a folder (artifacts/packages, or the one named), the tool once per platform. The version is that of the last tag vX.Y.Z by MinVer,
# or the one in COUNTERWEIGHT_VERSION; where there is no tag yet, the one of Directory.Build.props. With the last release's packages in a source of the
# user's, COUNTERWEIGHT_BASELINE=X.Y.Z has each library compared with it: a change that breaks programs fails the packing.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-artifacts/packages}")
version=${COUNTERWEIGHT_VERSION:-}
if [ -z "$version" ] && git describe --tags --match 'v[0-9]*' > /dev/null 2>&1; then
  dotnet tool restore > /dev/null
  version=$(dotnet minver --tag-prefix v --verbosity error)
fi
options=(-c Release -o "$out")
[ -z "$version" ] || options+=("-p:Version=$version")
[ -z "${COUNTERWEIGHT_BASELINE:-}" ] || options+=("-p:PackageValidationBaselineVersion=$COUNTERWEIGHT_BASELINE")
rm -rf "$out"
for project in src/*/*.csproj; do
  [ "$project" = src/Counterweight.Native/Counterweight.Native.csproj ] || dotnet pack "$project" "${options[@]}" -v quiet -nologo
done
ls -l "$out" | awk 'NR > 1 { printf "%9.1f MB  %s\n", $5 / 1e6, $9 }'
