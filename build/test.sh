#!/usr/bin/env bash
# Installs what the tests need where that is possible (build/setup.sh), and runs them; arguments go to 'dotnet test'.
cd "$(dirname "$0")/.." || exit 1
build/setup.sh || true
exec dotnet test -c Release "$@"
