#!/usr/bin/env bash
# Tries the packages as a new user would: packs them into a folder, installs the tool from it into an empty one, runs what its readme says, fetches LibTorch,
# and builds the code of each package's readme in an empty folder from the packages alone. The last line is 'N passed, N failed'.
# Usage: build/try-packages.sh [FOLDER OF PACKAGES, packed already]
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
check() { # NAME COMMAND...: one check; its output is shown where it fails
  local name=$1
  shift
  if "$@" > "$work/log" 2>&1; then passed=$((passed + 1)); echo "ok    $name"; else failed=$((failed + 1)); echo "FAIL  $name"; tail -n 30 "$work/log"; fi
}

packages=${1:-$work/packages}
[ -n "${1:-}" ] || check "the packages are made" build/pack.sh "$packages"
packages=$(realpath "$packages")
version=$(ls "$packages" | sed -nE 's/^Counterweight\.([0-9].*)\.nupkg$/\1/p')

# What grep needs no more of would end the program before it with an error; so nothing is piped into it.
holds() { unzip -l "$1" > "$work/list" && grep -q " $2\$" "$work/list"; }
small() { [ "$(stat -c %s "$1")" -lt 100000000 ]; }
without() { unzip -l "$1" > "$work/list" && ! grep -qE "libtorch_cpu|torch_cpu\.dll" "$work/list"; }
for package in "$packages"/*.nupkg; do
  name=$(basename "$package" .nupkg)
  check "$name has a readme" holds "$package" README.md
  check "$name has an icon" holds "$package" icon.png
  check "$name is below 100 MB" small "$package"
  check "$name leaves LibTorch out" without "$package"
  case "$name" in Counterweight.Cli*) ;; *) check "$name has symbols" test -s "$packages/$name.snupkg" ;; esac
done

# The tool, in an empty folder, with packages of its own cache, so that no file of the checkout helps.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 COUNTERWEIGHT_LIBTORCH="$work/libtorch"
mkdir "$work/new" && cd "$work/new"
check "the tool installs" dotnet tool install Counterweight.Cli --tool-path "$work/tool" --add-source "$packages" --version "$version"
tool=$work/tool/counterweight
says() { local expected=$1; shift; "$@" > "$work/said" 2>&1; grep -qF -- "$expected" "$work/said" || { cat "$work/said"; return 1; }; }
quiet() { "$@" > "$work/out" 2> "$work/err" || { cat "$work/err"; return 1; }; [ -s "$work/out" ]; }
cp "$root/samples/lending-club.csv" "$root/samples/hpc-jobs.csv" .
check "weights" says "13.83" "$tool" weights --counts 2741,37919,22858,31235,5499 --scheme max-ratio
check "explain" quiet "$tool" explain --counts 1016,12852,12888,3380,296 --weights inverse
check "compare with linear and gbdt, and the report" says "Recommendation" "$tool" compare lending-club.csv -t Class --folds 2 --repeats 1 --out report
check "the report is whole" grep -q "</html>" report/report.html
check "train" quiet "$tool" train hpc-jobs.csv -t class -l gbdt -r weights:balanced --out model --json
check "predict" quiet "$tool" predict model hpc-jobs.csv
check "resample" quiet "$tool" resample lending-club.csv -t Class -m random-under --out balanced.csv
check "libtorch says what to type" says "counterweight libtorch --install" "$tool" libtorch
check "mlp says what to type" says "counterweight libtorch --install" "$tool" compare hpc-jobs.csv -t class -l mlp -r none --folds 2 --repeats 1
check "libtorch is fetched" says "works" "$tool" libtorch --install
check "mlp trains" says "Recommendation" "$tool" compare hpc-jobs.csv -t class -l mlp -r none,weights:balanced --folds 2 --repeats 1

# Programs from the packages alone: the code of the readme of each.
fallback=$(cd "$root" && dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
program() { # PACKAGE MORE-PACKAGES...: a console program of the first block of C# in the package's readme
  local package=$1 name=Try.$1 # a project may not be called like a package that it uses
  shift
  mkdir "$work/$name" && cd "$work/$name" || return 1
  unzip -p "$packages/$package.$version.nupkg" README.md | awk '/^```csharp/ { on = 1; next } /^```/ { if (on) exit } on' > Program.cs
  [ -s Program.cs ] || { echo "the readme has no code"; return 1; }
  cp "$root/samples/hpc-jobs.csv" . && sed -i 's/loans\.csv/hpc-jobs.csv/; s/"Class"/"class"/' Program.cs
  {
    echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework>'
    echo '<ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable><TieredCompilationQuickJitForLoops>false</TieredCompilationQuickJitForLoops>'
    echo "<RestoreAdditionalProjectSources>$packages</RestoreAdditionalProjectSources><RestorePackagesPath>$work/cache</RestorePackagesPath>"
    echo "<RestoreFallbackFolders>$fallback</RestoreFallbackFolders></PropertyGroup><ItemGroup>"
    echo "<PackageReference Include=\"$package\" Version=\"$version\" />"
    for more in "$@"; do echo "<PackageReference Include=\"${more%%=*}\" Version=\"${more##*=}\" />"; done
    echo '</ItemGroup></Project>'
  } > "$name.csproj"
  dotnet run -c Release
}
torch=$(sed -nE 's/.*Include="libtorch-cpu-linux-x64" Version="([^"]+)".*/\1/p' "$root/Directory.Packages.props")
check "a program with Counterweight" program Counterweight
check "a program with Counterweight.Torch" program Counterweight.Torch "libtorch-cpu-linux-x64=$torch"
check "a program with Counterweight.LightGbm" program Counterweight.LightGbm
check "a program with Counterweight.Data" program Counterweight.Data
check "a program with Counterweight.Comparison" program Counterweight.Comparison
check "a program with Counterweight.Report" program Counterweight.Report
check "a program with Counterweight.Testing" program Counterweight.Testing
check "a program with Counterweight.Onnx" program Counterweight.Onnx
check "a program with Counterweight.ML" program Counterweight.ML

native() { # the program with the core alone, compiled ahead of time: no warning, and it runs
  cd "$work/Try.Counterweight" || return 1
  dotnet publish -c Release -r linux-x64 -p:PublishAot=true -p:InvariantGlobalization=true -warnaserror -o native && ./native/Try.Counterweight
}
if command -v clang > /dev/null; then check "the core compiles to native code without a warning" native; fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
