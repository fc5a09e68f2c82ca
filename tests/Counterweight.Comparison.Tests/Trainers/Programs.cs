using System.Globalization;
using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

/// <summary>Data and training programs for tests: a program in plain sh and awk that knows the contract and nothing else.</summary>
internal sealed class Programs : IDisposable
{
    /// <summary>
    /// Naive Bayes on one column: the mean of x per class under the class weights, then scores by distance and weighted share. Reads the row numbers with od.
    /// </summary>
    private const string Awk = """
        set -e
        job="$COUNTERWEIGHT_JOB"
        field() { sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$job" | head -n 1; }
        [ "$(field protocol)" = 1 ] || exit 78
        case "$(field remedy)" in *loss:*) echo "no losses in awk" >&2; exit 78;; esac
        npy() { od -An -v -t d8 -w8 -j $((10 + $(od -An -t u2 -j 8 -N 2 "$1"))) "$1" | tr -d ' '; }
        weights=$(tr -d ' \n' < "$job" | sed -n 's/.*"classWeights":\[\([^]]*\)\].*/\1/p')
        npy "$(field train)" > "$job.train"
        { npy "$(field validation)"; npy "$(field test)"; } > "$job.asked"
        awk -F, -v weights="$weights" -v seed="$COUNTERWEIGHT_SEED" '
          FILENAME == ARGV[1] { if (FNR > 1) { x[FNR - 2] = $1; y[FNR - 2] = $2 } next }
          FILENAME == ARGV[2] { n[y[$1]]++; s[y[$1]] += x[$1]; next }
          FNR == 1 { split(weights == "" ? "1,1" : weights, w, ","); p1 = n[1] * w[2] / (n[0] * w[1] + n[1] * w[2]); print "row,0,1" }
          { a = (1 - p1) * exp(-(x[$1] - s[0] / n[0]) ^ 2 / 2); b = p1 * exp(-(x[$1] - s[1] / n[1]) ^ 2 / 2) + (seed % 97) * 1e-9
            printf "%d,%.12f,%.12f\n", $1, a / (a + b), b / (a + b) }
        ' "$(field file)" "$job.train" "$job.asked" > "$(field scores)"
        echo "fit $(field fit)"

        """;

    private readonly TempFiles files = new();

    internal Programs(int rows = 300, int every = 6)
    {
        var random = new SeededRandom(7);
        var text = new System.Text.StringBuilder("x,y\n");
        for (int i = 0; i < rows; i++)
        {
            int label = i % every == 0 ? 1 : 0;
            text.Append(CultureInfo.InvariantCulture, $"{(1.2 * label) + Normal(ref random):0.0000},{label}\n");
        }

        DataFile = files.Write("data.csv", text.ToString());
        Data = DatasetReader.Read(DataFile, "y");
        files.Write("train.sh", Awk);
        Awks = Of("awk", Awk);
    }

    internal string DataFile { get; }

    internal Dataset Data { get; }

    /// <summary>The program that does everything right.</summary>
    internal ExternalTrainer Awks { get; }

    internal string this[string name] => files[name];

    internal TrainerSettings Settings => new() { DataFile = DataFile };

    internal ComparisonOptions Options(params ExternalTrainer[] trainers) => new()
    {
        Trainers = trainers,
        TrainerSettings = Settings,
        Remedies = Remedy.ParseList("none,weights:balanced,threshold:tuned"),
        Folds = 3,
        Threads = 1,
    };

    /// <summary>A program in sh.</summary>
    internal ExternalTrainer Of(string name, string script) => new(name, $"/bin/sh {files.Write($"{name}.sh", script)}");

    /// <summary>The program that does everything right on a folder of images, whose names hold the number: <c>1/image_0.52_17.png</c>.</summary>
    internal ExternalTrainer OnImages(string name) => Awkward(name, """
        field() { sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$COUNTERWEIGHT_JOB" | head -n 1; }
        [ "$(field format)" = folders ] && [ -d "$(field file)" ] || exit 7
        table="$COUNTERWEIGHT_JOB.csv" copy="$COUNTERWEIGHT_JOB.copy"
        awk -F, 'NR == 1 { print } NR > 1 { n = split($1, p, "_"); print p[n - 1] "," $2 }' "$(field rows)" > "$table"
        sed "s#\"file\": .*#\"file\": \"$table\",#" "$COUNTERWEIGHT_JOB" > "$copy"
        COUNTERWEIGHT_JOB="$copy"
        """);

    /// <summary>The program that does everything right, with something done before or after.</summary>
    internal ExternalTrainer Awkward(string name, string before, string after = "") => Of(name, $"{before}\n{Awk}\n{after}");

    public void Dispose() => files.Dispose();

    private static double Normal(ref SeededRandom random) =>
        Math.Sqrt(-2 * Math.Log(random.NextPositiveDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
