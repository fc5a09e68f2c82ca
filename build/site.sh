#!/usr/bin/env bash
# Makes the site of the pages and of every public member: artifacts/site, static files with a search; and looks at its links, titles and members
# (build/check-site.py). Needs 'dotnet build -c Release' before. The last line is 'N passed, N failed'.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -e artifacts/bin/Counterweight.Testing/release/Counterweight.Testing.dll ] || dotnet build Counterweight.slnx -c Release
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
fail() { echo "$1"; echo "0 passed, 1 failed"; exit 1; }
build/setup.sh site || fail "the site needs Python for the look at its links"
dotnet tool restore > "$stage/log" 2>&1 || { cat "$stage/log"; fail "docfx (.config/dotnet-tools.json) is not to be had from the sources of packages of this machine"; }
# What git knows of the pages and of what they point to.
git ls-files --cached --others --exclude-standard -- '*.md' LICENSE docs bench samples \
  | grep -vE '^(README\.md|src/[^/]*/README\.md|docs/site/.*)$' | tar -cf - -T - | tar -xf - -C "$stage"
cp -r docs/site/* "$stage/"
sed '1s/width="128" height="128"/width="36" height="36"/' docs/images/icon.svg > "$stage/logo.svg"
mkdir "$stage/lib" "$stage/references"
for readme in src/*/README.md; do
  name=$(basename "$(dirname "$readme")")
  [ "$name" = Counterweight.Cli ] || [ ! -e "artifacts/bin/$name/release/$name.dll" ] || cp artifacts/bin/"$name"/release/"$name".{dll,xml} "$stage/lib/"
  cp -n artifacts/bin/"$name"{,.Tests}/release/*.dll "$stage/references/" 2> /dev/null || true
done
# The list of pages on the left is that of docs/README.md; a page is called what its first line calls it.
sed -nE 's/^\|[^|]*\| \[[^]]*\]\(([a-z-]+\.md)\).*/\1/p' docs/README.md | while read -r page; do
  printf -- '- name: "%s"\n  href: %s\n' "$(sed -nE '1s/^# (.*)/\1/p' "docs/$page" | sed 's/"/\\"/g; s/`//g')" "$page"
done > "$stage/docs/toc.yml"
dotnet docfx "$stage/docfx.json" --logLevel Warning > "$stage/log" 2>&1 || { cat "$stage/log"; fail "docfx could not make the site"; }
if grep -E 'warning (Invalid(FileLink|Bookmark|Include)|UidNotFound|MissingFile)' "$stage/log" | sed "s#$stage/##"; then
  fail "links that lead nowhere, above"
fi
find "$stage/site/public" -name '*.map' -delete # of docfx's own scripts
rm -rf artifacts/site
mv "$stage/site" artifacts/site
echo "artifacts/site: $(find artifacts/site -name '*.html' | wc -l) pages, $(du -sh artifacts/site | cut -f1)"
exec python3 build/check-site.py artifacts/site
