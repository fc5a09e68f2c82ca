#!/usr/bin/env bash
# Tries the packages as a new user would: packs them into a folder, installs the tool with that folder alone as its source, runs what its readme says, fetches
# LibTorch, and builds the code of each package's readme in an empty folder from the packages alone. Needs 'dotnet build -c Release' before, and installs what
# else it needs. The last line is 'N passed, N failed'.
# Usage: build/try-packages.sh [FOLDER]: a folder of packages made by build/pack.sh; without it they are made here, the tool for this platform alone.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
ended() { echo "$passed passed, $failed failed"; [ "$failed" -eq 0 ]; exit; }
check() { # NAME COMMAND...: one check; its output is shown where it fails
  local name=$1 began=$SECONDS
  shift
  if "$@" > "$work/log" 2>&1; then passed=$((passed + 1)); echo "ok    $name$([ $((SECONDS - began)) -lt 5 ] || echo " ($((SECONDS - began)) s)")"
  else failed=$((failed + 1)); echo "FAIL  $name"; tail -n 30 "$work/log"; return 1; fi
}

check "what is needed is there" build/setup.sh packages native || ended
packages=${1:-$work/packages}
[ -n "${1:-}" ] || check "the packages are made" build/pack.sh --trial "$packages" || ended
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

# The tool, as on a machine that has nothing but .NET and the folder: no home, no packages fetched before, no other source.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 COUNTERWEIGHT_LIBTORCH="$work/libtorch"
mkdir "$work/new" "$work/home" && cd "$work/new"
cat > "$work/only.config" << XML
<configuration><packageSources><clear/><add key="folder" value="$packages"/></packageSources></configuration>
XML
stranger() { env HOME="$work/home" DOTNET_CLI_HOME="$work/home" NUGET_PACKAGES="$work/none" "$@"; }
check "the tool installs from the folder alone" \
  stranger dotnet tool install Counterweight.Cli --tool-path "$work/tool" --configfile "$work/only.config" --version "$version" || ended
tool=$work/tool/counterweight
says() { local expected=$1; shift; "$@" > "$work/said" 2>&1; grep -qF -- "$expected" "$work/said" || { cat "$work/said"; return 1; }; }
quiet() { "$@" > "$work/out" 2> "$work/err" || { cat "$work/err"; return 1; }; [ -s "$work/out" ]; }
check "weights" says "13.83" stranger "$tool" weights --counts 2741,37919,22858,31235,5499 --scheme max-ratio
check "explain" quiet stranger "$tool" explain --counts 1016,12852,12888,3380,296 --weights inverse
check "compare with linear and gbdt, and the report" \
  says "Recommendation" stranger "$tool" compare sample:lending-club -t Class --folds 2 --repeats 1 --out report
check "the report is whole" grep -q "</html>" report/report.html
check "train" quiet "$tool" train sample:hpc-jobs -t class -l gbdt -r weights:balanced --out model --json
check "predict" quiet "$tool" predict model sample:hpc-jobs
check "resample" quiet "$tool" resample sample:lending-club -t Class -m random-under --out balanced.csv
check "libtorch says what to type" says "counterweight libtorch --install" "$tool" libtorch
check "mlp says what to type" says "counterweight libtorch --install" "$tool" compare sample:hpc-jobs -t class -l mlp -r none --folds 2 --repeats 1
check "libtorch is fetched" says "works" "$tool" libtorch --install
check "mlp trains" says "Recommendation" "$tool" compare sample:hpc-jobs -t class -l mlp -r none,weights:balanced --folds 2 --repeats 1

# Programs from the packages alone: the first block of C# in the readme of each, all built at once. A project may not be called like a package that it uses.
torch=$(sed -nE 's/.*Include="libtorch-cpu-linux-x64" Version="([^"]+)".*/\1/p' "$root/Directory.Packages.props")
fallback=$(cd "$root" && dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
names=(Counterweight Counterweight.Torch Counterweight.LightGbm Counterweight.Data Counterweight.Comparison Counterweight.Report Counterweight.Testing
  Counterweight.Onnx Counterweight.ML Counterweight.Databases) # that of Counterweight.Interactive is for notebooks
program() { # PACKAGE: writes the project
  mkdir -p "$work/programs/Try.$1" && cd "$work/programs/Try.$1" || return 1
  unzip -p "$packages/$1.$version.nupkg" README.md | awk '/^```csharp/ { on = 1; next } /^```/ { if (on) exit } on' > Program.cs
  [ -s Program.cs ] || { echo "the readme of $1 has no code"; return 1; }
  # Their data: the first rows of a sample, which take seconds; and a database with such a table.
  head -n 401 "$root/samples/hpc-jobs.csv" > loans.csv && sed -i 's/"Class"/"class"/; s/"status"/"class"/' Program.cs
  [ "$1" != Counterweight.Databases ] || sed -i '/^$/{
    s/.*/Make.Table();/
    :rest
    n
    b rest
  }' Program.cs
  [ "$1" != Counterweight.Databases ] || cat >> Program.cs << 'CS'
static class Make
{
    public static void Table()
    {
        using var connection = new DuckDB.NET.Data.DuckDBConnection("Data Source=bank.duckdb");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE loans AS SELECT *, row_number() OVER () AS id FROM 'loans.csv'";
        command.ExecuteNonQuery();
    }
}
CS
  local more=""
  [ "$1" != Counterweight.Torch ] || more="<PackageReference Include=\"libtorch-cpu-linux-x64\" Version=\"$torch\" />"
  cat > "Try.$1.csproj" << XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable>
    <TieredCompilationQuickJitForLoops>false</TieredCompilationQuickJitForLoops>
    <RestoreAdditionalProjectSources>$packages</RestoreAdditionalProjectSources><RestorePackagesPath>$work/cache</RestorePackagesPath>
    <RestoreFallbackFolders>$fallback</RestoreFallbackFolders>
  </PropertyGroup>
  <ItemGroup><PackageReference Include="$1" Version="$version" />$more</ItemGroup>
</Project>
XML
}
for name in "${names[@]}"; do check "the readme of $name has a program" program "$name"; done
cd "$work/programs" || ended
{ echo "<Solution>"; for name in "${names[@]}"; do echo "<Project Path=\"Try.$name/Try.$name.csproj\" />"; done; echo "</Solution>"; } > Try.slnx
check "the programs are built" dotnet build Try.slnx -c Release -nologo
runs() { cd "$work/programs/Try.$1" && dotnet "bin/Release/net10.0/Try.$1.dll"; }
for name in "${names[@]}"; do check "a program with $name" runs "$name"; done

native() { # the program with the core alone, compiled ahead of time: no warning, and it runs
  cd "$work/programs/Try.Counterweight" || return 1
  dotnet publish -c Release -r linux-x64 -p:PublishAot=true -p:InvariantGlobalization=true -warnaserror -o native && ./native/Try.Counterweight
}
check "the core compiles to native code without a warning" native
ended
