#!/usr/bin/env bash
# Installs what the tests need where that is possible (build/setup.sh), and runs them; arguments go to 'dotnet test'.
cd "$(dirname "$0")/.." || exit 1
build/setup.sh || true
# The tests start the tool some thousand times: compiled ahead of time it starts in half the time. Where that cannot be had they take the one built with them.
tool=$PWD/artifacts/tool/Counterweight.Cli.dll
rm -f "$tool"
dotnet publish src/Counterweight.Cli -c Release -p:ReadyToRunTool=true -v quiet -nologo > /dev/null && export COUNTERWEIGHT_TEST_TOOL=$tool
exec dotnet test -c Release "$@"
