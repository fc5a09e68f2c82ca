#!/usr/bin/env bash
# Installs what the tests need beside .NET and is not there, as far as the system allows it. Without arguments everything, else the named groups:
#   browser   Chromium, which draws the report in tests
#   native    the OpenMP library of LightGBM and LibTorch
#   databases PostgreSQL, MariaDB and the ODBC driver of PostgreSQL, which tests start for themselves
#   slurm     Slurm's controller, node and commands with munge: a cluster of one node, which tests start for themselves; and ip, for machines with addresses of
#             their own
#   web       ONNX Runtime for browsers, by npm, into samples/browser
#   trainers  scikit-learn, PyTorch and XGBoost for Python, and R, as training programs of tests
#   shells    zsh, fish and PowerShell (a .NET tool, into artifacts/shells), which tests have complete command lines
# and what other scripts ask for by name:
#   packages  unzip, and the compiler and linker of native code, for build/try-packages.sh
#   site      Python, for the look at the site's links
# Ends with 1 if something is missing after all; the tests concerned are then skipped, and say why.
set -uo pipefail
page=$(dirname "$0")/../samples/browser
shells=$(dirname "$0")/../artifacts/shells

groups=("$@")
[ ${#groups[@]} -gt 0 ] || groups=(native browser web trainers databases slurm shells)

has() {
  case "$1" in
    browser) [ -n "${CHROME_PATH:-}" ] || command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ;;
    web) [ -e "$page/node_modules/onnxruntime-web/package.json" ] && [ "$page/node_modules/.package-lock.json" -nt "$page/package-lock.json" ] ;;
    native) [ "$(uname -s)" != Linux ] || ldconfig -p 2>/dev/null | grep -q libgomp.so.1 || /sbin/ldconfig -p 2>/dev/null | grep -q libgomp.so.1 ;;
    trainers) /usr/bin/python3 -c 'import importlib.util as u, sys; sys.exit(not all(u.find_spec(m) for m in ("sklearn", "torch", "xgboost")))' 2>/dev/null &&
      Rscript -e 'library(jsonlite); library(nnet)' >/dev/null 2>&1 ;;
    databases)
      ls /usr/lib/postgresql/*/bin/initdb /usr/sbin/mariadbd /usr/lib/*/odbc/psqlodbcw.so >/dev/null 2>&1 && ls /usr/lib/*/libodbc.so.2 >/dev/null 2>&1 ;;
    slurm) [ "$(uname -s)" != Linux ] || ls /usr/sbin/slurmctld /usr/sbin/slurmd /usr/bin/srun /usr/sbin/munged /usr/sbin/ip >/dev/null 2>&1 ;;
    shells) command -v zsh >/dev/null 2>&1 && command -v fish >/dev/null 2>&1 && { command -v pwsh >/dev/null 2>&1 || [ -x "$shells/pwsh" ]; } ;;
    packages) command -v unzip >/dev/null 2>&1 && command -v clang >/dev/null 2>&1 && { [ "$(uname -s)" != Linux ] || { command -v ld >/dev/null 2>&1 &&
      [ -e /usr/include/zlib.h ]; }; } ;;
    site) command -v python3 >/dev/null 2>&1 ;;
    *) echo "unknown group '$1'; there are: browser, web, native, trainers, databases, slurm, shells, packages, site" >&2; exit 2 ;;
  esac
}

packages() { # of a group, by system
  case "$1:$2" in
    browser:apt) echo chromium ;;
    browser:brew) echo "--cask chromium" ;;
    web:apt) command -v npm >/dev/null 2>&1 || echo npm ;;
    web:brew) command -v npm >/dev/null 2>&1 || echo node ;;
    native:apt) echo libgomp1 ;;
    trainers:apt) echo python3-sklearn python3-torch python3-xgboost r-base-core r-cran-jsonlite r-cran-nnet ;;
    databases:apt) echo postgresql mariadb-server odbc-postgresql unixodbc ;;
    slurm:apt) echo slurmctld slurmd slurm-client munge iproute2 ;;
    native:brew) echo libomp ;;
    shells:apt) for shell in zsh fish; do command -v $shell >/dev/null 2>&1 || echo $shell; done ;;
    shells:brew) command -v fish >/dev/null 2>&1 || echo fish ;;
    packages:apt) echo unzip clang binutils zlib1g-dev ;;
    site:apt) echo python3 ;;
  esac
}

missing=()
for group in "${groups[@]}"; do has "$group" || missing+=("$group"); done
[ ${#missing[@]} -gt 0 ] || exit 0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if command -v apt-get >/dev/null 2>&1; then
  root=()
  [ "$(id -u)" = 0 ] || root=(sudo -n)
  names=()
  for group in "${missing[@]}"; do read -ra more <<< "$(packages "$group" apt | tr "\n" " ")"; names+=("${more[@]}"); done
  [ ${#names[@]} -eq 0 ] || echo "installing ${names[*]}" >&2
  [ ${#names[@]} -eq 0 ] || { "${root[@]}" apt-get update -qq && "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${names[@]}"; } \
    > "$log" 2>&1 < /dev/null || tail -n 3 "$log" >&2
elif command -v brew >/dev/null 2>&1; then
  for group in "${missing[@]}"; do
    read -ra names <<< "$(packages "$group" brew | tr "\n" " ")"
    [ ${#names[@]} -eq 0 ] || brew install "${names[@]}" > "$log" 2>&1 < /dev/null || tail -n 3 "$log" >&2
  done
fi

case " ${missing[*]} " in
  *" web "*) command -v npm >/dev/null 2>&1 && { (cd "$page" && npm ci --ignore-scripts --no-audit --no-fund) > "$log" 2>&1 < /dev/null || tail -n 3 "$log" >&2; } ;;
esac

case " ${missing[*]} " in
  *" shells "*) command -v pwsh >/dev/null 2>&1 || [ -x "$shells/pwsh" ] ||
    dotnet tool install PowerShell --version 7.6.9 --tool-path "$shells" > "$log" 2>&1 < /dev/null || tail -n 3 "$log" >&2 ;;
esac

left=()
for group in "${missing[@]}"; do has "$group" || left+=("$group"); done
[ ${#left[@]} -gt 0 ] || exit 0
echo "not installed: ${left[*]}. What needs them is skipped or fails. Install them by hand, or run this as a user who may." >&2
exit 1
