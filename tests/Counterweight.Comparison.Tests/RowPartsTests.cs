using System.Globalization;
using System.Text.RegularExpressions;
using Counterweight.Data;
using Counterweight.LightGbm;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

/// <summary>Rows that are read in parts, and remedies for rows of which no more than a part is ever at hand: over several machines, or one part after the
/// other.</summary>
public sealed partial class RowPartsTests : IDisposable
{
    private const int Rows = 24_000;

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData("weights:balanced", false)]
    [InlineData("scale-pos-weight", false)]
    [InlineData("loss:focal", false)]
    [InlineData("weights:inverse-sqrt+prior-corrected", true)]
    [InlineData("weights:balanced", true)]
    public void A_model_of_parts_is_the_model_of_all_rows_at_once(string name, bool weighted)
    {
        Dataset all = Table();
        var reading = new DatasetOptions { SampleWeight = weighted ? "w" : null, Drop = weighted ? [] : ["w"] };
        var options = new ComparisonOptions { Threads = 1, Reading = reading };
        string[] paths = [files["0.parquet"], files["1.parquet"]];
        DatasetWriter.Write(all.Select([.. Enumerable.Range(0, Rows / 3)]), paths[0]);
        DatasetWriter.Write(all.Select([.. Enumerable.Range(Rows / 3, Rows - (Rows / 3))]), paths[1]);
        Dataset whole = DatasetShape.Join([.. paths.Select(p => DatasetReader.Read(p, "y", reading))]);
        Remedy remedy = Remedy.Parse(name);
        using TrainedClassifier expected = TrainedClassifier.Fit(whole, "gbdt", remedy, options);
        RowParts parts = RowParts.Read(paths, "y", reading, rowsOfPart: 5000);
        Assert.Equal(whole.Labels, parts.Outline.Labels);
        using TrainedClassifier found = TrainedClassifier.Fit(parts, remedy, options);

        expected.Save(files["one"]);
        found.Save(files["parts"]);
        Assert.Equal(expected.Metadata.Classes, found.Metadata.Classes);
        Assert.Equal(expected.Preparation.Columns.Select(c => (c.Name, c.Kind, c.MissingSeen)),
            found.Preparation.Columns.Select(c => (c.Name, c.Kind, c.MissingSeen)));
        foreach ((FittedColumn one, FittedColumn other) in expected.Preparation.Columns.Zip(found.Preparation.Columns))
        {
            Assert.Equal(one.Levels, other.Levels);
            Assert.Equal(one.Mean, other.Mean, 1e-12);
            Assert.Equal(one.Scale, other.Scale, 1e-12);
        }

        // A mean that is summed up part by part may differ in its last digit, and a bound between bins with it; what rows get does not.
        Assert.Equal(Parameters("one"), Parameters("parts"));
        double[] scores = expected.Predict(whole.Columns).Probabilities, same = found.Predict(whole.Columns).Probabilities;
        Assert.InRange(Enumerable.Range(0, scores.Length).Max(i => Math.Abs(scores[i] - same[i])), 0, 1e-6);
        Assert.InRange(scores.Max() - scores.Min(), 0.5, 1);

        IEnumerable<string> Parameters(string model) => files.Read($"{model}/model/gbdt.txt").Split('\n').Where(l => l.StartsWith('['));
    }

    [Theory]
    [InlineData("threshold:tuned", false)]
    [InlineData("weights:balanced+threshold:tuned", true)]
    [InlineData("scale-pos-weight+calibrate:isotonic", false)]
    [InlineData("loss:focal+threshold:tuned", false)]
    public void A_decision_is_tuned_on_parts_as_on_all_rows_at_once(string name, bool weighted)
    {
        var reading = new DatasetOptions { SampleWeight = weighted ? "w" : null, Drop = weighted ? [] : ["w"] };
        var options = new ComparisonOptions { Threads = 1, Reading = reading };
        DatasetWriter.Write(Table(), files["t.parquet"]);
        Dataset whole = DatasetReader.Read(files["t.parquet"], "y", reading);
        var remedy = Remedy.Parse(name);
        using TrainedClassifier expected = TrainedClassifier.Fit(whole, "gbdt", remedy, options);
        using TrainedClassifier found = TrainedClassifier.Fit(RowParts.Read([files["t.parquet"]], "y", reading, rowsOfPart: 5000), remedy, options);

        // The folds are dealt otherwise, so that the scores that tune are, too: the decisions are nearly the same, and as good.
        string[] one = expected.Predict(whole.Columns).Labels, other = found.Predict(whole.Columns).Labels;
        Assert.InRange(Enumerable.Range(0, Rows).Count(i => one[i] != other[i]), 0, Rows / 50);
        Assert.Equal(Balanced(one), Balanced(other), 0.01);
        Assert.InRange(Balanced(other), 0.8, 1);

        double Balanced(string[] decided) => Enumerable.Range(0, 2).Average(c =>
            Enumerable.Range(0, Rows).Where(i => whole.Labels[i] == c).Average(i => decided[i] == whole.ClassNames[c] ? 1.0 : 0));
    }

    [Fact]
    public void A_part_is_no_larger_than_asked_and_each_has_what_its_rows_have()
    {
        DatasetWriter.Write(Table(), files["t.parquet"]);
        Dataset[] parts = [.. DatasetReader.ReadParts(files["t.parquet"], "y", 5000, new DatasetOptions { IsPart = true })];
        Assert.Equal(Rows, parts.Sum(p => p.Rows));
        Assert.All(parts[..^1], p => Assert.InRange(p.Rows, 5000, 5000 + 2048));
        Dataset joined = DatasetShape.Join(parts), whole = DatasetReader.Read(files["t.parquet"], "y");
        Assert.Equal(whole.Labels, joined.Labels);
        for (int c = 0; c < whole.Columns.Count; c++)
            for (int row = 0; row < Rows; row += 7) Assert.Equal(whole.Columns[c].Text(row), joined.Columns[c].Text(row));
        files.Write("t.csv", "a,y\n1,u\n2,v\n");
        Assert.Equal([2], DatasetReader.ReadParts(files["t.csv"], "y", 1).Select(p => p.Rows));
    }

    [Fact]
    public void Running_text_is_found_before_all_is_read()
    {
        string[] words = ["one", "two", "three", "four", "five"];
        string[] texts = [.. Enumerable.Range(0, 6000).Select(i => $"{words[i % 5]} of {words[i / 5 % 5]} and {i} more words")];
        DatasetWriter.Write(new Dataset("t", "y", [.. texts.Select((_, i) => i % 2)], ["a", "b"], [new TextColumn("said", texts)]), files["t.parquet"]);
        RowParts parts = RowParts.Read([files["t.parquet"]], "y", new(), 2048);
        Assert.Equal(["said"], parts.Texts);
        Assert.Equal(2048, parts.Outline.Rows);
        Assert.Contains("--drop", Assert.Throws<RemedyRefusedException>(() => TrainedClassifier.Fit(parts, Remedy.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_cannot_be_used_is_named_by_its_place_in_the_whole_file()
    {
        double[] x = [.. Enumerable.Range(0, 9000).Select(i => (double)i)];
        DatasetWriter.Write(new Dataset("t", "y", [.. x.Select(v => (int)v % 2)], ["a", "b"], [new NumericColumn("x", x)]), files["t.parquet"]);
        string text = files["n.parquet"];
        using (var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"COPY (SELECT i AS x, CASE WHEN i <> 8123 THEN i % 2 END AS y FROM range(9000) r(i)) TO '{text}' (FORMAT parquet)";
            command.ExecuteNonQuery();
            command.CommandText = $"COPY (SELECT CASE WHEN i = 8123 THEN 'infinity'::DOUBLE ELSE i END AS x, i % 2 AS y FROM range(9000) r(i)) "
                + $"TO '{files["f.parquet"]}' (FORMAT parquet)";
            command.ExecuteNonQuery();
        }

        foreach (string path in (string[])[text, files["f.parquet"]])
            Assert.Equal(8124, Assert.Throws<UnusableDataException>(() => RowParts.Read([path], "y", new(), 2048)).Row);
    }

    /// <summary>Every remedy of the catalogue, over one machine as over many: it trains, or a sentence names what to do instead.</summary>
    [Fact]
    public void Every_remedy_trains_on_a_share_of_the_rows_or_is_refused_with_what_to_do()
    {
        Dataset data = Simulated.Binary(160, 60, distance: 1.5);
        CostMatrix costs = CostMatrix.From([0, 1, 5, 0], 2);
        List<string> trained = [], refused = [];
        foreach (MethodDefinition method in Remedy.Catalogue)
        {
            var remedy = Remedy.Parse(method.Name);
            using LightGbmMachines machines = LightGbmMachines.Join([string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Ports.Free(1)[0]}")], 0);
            try
            {
                using TrainedClassifier model = TrainedClassifier.Fit(data, remedy, machines, new ComparisonOptions { Threads = 1, Costs = costs });
                trained.Add(method.Name);
            }
            catch (RemedyRefusedException reason)
            {
                refused.Add(method.Name);
                Assert.True(Does().Matches(reason.Message).Any(m => m.Value.StartsWith('-') || m.Value.StartsWith('\'')
                    || (Remedy.Catalogue.Contains(m.Value.TrimEnd(':')) && m.Value != method.Name) || BoostingObjective.Catalogue.Contains(m.Value)),
                    $"{method.Name}: {reason.Message}");
            }
        }

        // What changes no rows trains; what needs all of them does not, and no other is lost.
        foreach (string name in refused)
        {
            var remedy = Remedy.Parse(name);
            Assert.True(remedy.Family is RemedyFamily.Sampler or RemedyFamily.Resampling or RemedyFamily.Ensemble or RemedyFamily.Loss, name);
        }

        Assert.All(trained, name => Assert.DoesNotContain(Remedy.Parse(name).Family,
            (RemedyFamily[])[RemedyFamily.Sampler, RemedyFamily.Resampling, RemedyFamily.Ensemble]));
        Assert.All((string[])["none", "weights:balanced", "scale-pos-weight", "is-unbalance", "loss:focal", "prior-corrected", "threshold:tuned"],
            name => Assert.Contains(name, trained));
    }

    /// <summary>An option, a verb in quotes, or what may be the name of a remedy or a loss.</summary>
    [GeneratedRegex("--[a-z-]+|'[a-z]+'|[a-z][a-z-]*(:[a-z-]+)?")]
    private static partial Regex Does();

    /// <summary>Rows in an order, so that the parts are not alike: the rare class ever rarer, categories that turn up late, values that are missing.</summary>
    private static Dataset Table()
    {
        var random = new SeededRandom(5);
        double[] a = new double[Rows], b = new double[Rows], w = new double[Rows];
        int[] kind = new int[Rows], y = new int[Rows];
        for (int i = 0; i < Rows; i++)
        {
            (a[i], b[i]) = (random.NextGaussian() + (2.0 * i / Rows), i % 17 == 3 ? double.NaN : random.NextGaussian());
            kind[i] = i % 23 == 5 ? -1 : random.NextInt32(1 + (5 * i / Rows));
            y[i] = (1.5 * a[i]) + (double.IsNaN(b[i]) ? 1 : b[i] * b[i]) + kind[i] + random.NextGaussian() > 6 ? 1 : 0;
            w[i] = 1 + random.NextInt32(3);
        }

        return new Dataset("t", "y", y, ["no", "yes"],
            [new NumericColumn("a", a), new NumericColumn("b", b), new CategoricalColumn("k", kind, ["u", "v", "x", "q", "z"]), new NumericColumn("w", w)]);
    }
}
