using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

public sealed class TextTests : IDisposable
{
    private static readonly string[] Ham = "are you coming home tonight ok thanks see lunch love meeting moved later mum hi".Split(' '),
        Spam = "free prize win cash claim urgent txt offer award click".Split(' ');

    private readonly string folder = Directory.CreateTempSubdirectory("counterweight").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("ÉCOLE Straße ΟΔΟΣ", "école STRAßE οδος")]
    [InlineData("a  b\tc\n", " a b c")]
    [InlineData("𐐀𐐁 x", "𐐨𐐩 X")]
    public void Case_and_white_space_say_nothing_in_any_script(string one, string other) => Assert.Equal(Entries(one), Entries(other));

    [Fact]
    public void Scripts_without_blanks_have_words_and_pairs_in_their_characters()
    {
        uint[] text = Entries("价格太高了"), part = Entries("太高");
        int shared = part.Count(e => text.Contains(e) && HashedTexts.Bucket(e) < NGrams.FirstCharacters);
        Assert.Equal(3, shared);                                                       // two characters and their pair
        Assert.True(Entries("ราคาแพงเกินไป").Intersect(Entries("สินค้าราคาแพง")).Count() >= 5);
    }

    [Fact]
    public void N_grams_are_words_pairs_and_characters_inside_words()
    {
        uint[] entries = Entries("to be or not to be");
        Assert.Equal(4 + 4, entries.Count(e => HashedTexts.Bucket(e) < NGrams.FirstCharacters));       // to, be, or, not; to be, be or, or not, not to
        Assert.Equal(3, entries.Count(e => HashedTexts.Bucket(e) < NGrams.FirstCharacters && HashedTexts.Count(e) == 2));
        // " to", "to ", " to "; the same of be and or; " no", "not", "ot ", " not", "not ", " not ".
        Assert.Equal(9 + 6, entries.Count(e => HashedTexts.Bucket(e) >= NGrams.FirstCharacters));
    }

    [Fact]
    public void A_cell_of_ten_megabytes_is_counted()
    {
        string large = string.Concat(Enumerable.Repeat("abc def ", 1_300_000));
        uint[] entries = Entries(large);
        Assert.Equal(Entries("abc def abc def").Length, entries.Length);
        Assert.Contains(entries, e => HashedTexts.Count(e) == HashedTexts.MostCount);
    }

    [Fact]
    public void Values_are_those_of_the_formula_and_known_from_training_rows_alone()
    {
        Dataset data = Messages(60, 20);
        int[] train = [.. Enumerable.Range(0, 60)];
        Preprocessor preparation = Preprocessor.Fit(data, train);
        FeatureTable all = preparation.Transform(data, [.. Enumerable.Range(0, data.Rows)], fillIn: true);
        TextRows texts = Assert.Single(all.Texts);
        var found = new Dictionary<int, int>();
        foreach (int row in train)
            foreach (uint entry in texts.Row(row)) found[HashedTexts.Bucket(entry)] = found.GetValueOrDefault(HashedTexts.Bucket(entry)) + 1;
        for (int row = 0; row < data.Rows; row++)
            for (int part = 0; part < 2; part++)
            {
                double squares = 0;
                foreach (uint entry in texts.Row(row))
                {
                    int bucket = HashedTexts.Bucket(entry);
                    if (bucket < NGrams.FirstCharacters == (part == 1)) continue;
                    double idf = found.TryGetValue(bucket, out int rows) ? Math.Log((1.0 + train.Length) / (1.0 + rows)) + 1 : 0;
                    Assert.Equal(idf, texts.Weights[bucket], 1e-5);
                    squares += Math.Pow((1 + Math.Log(HashedTexts.Count(entry))) * idf, 2);
                }

                Assert.Equal(squares == 0 ? 0 : 1 / Math.Sqrt(squares), texts.Norm(row, part), 1e-5);
            }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Linear_finds_the_optimum_of_the_same_rows_written_out(int classes)
    {
        Dataset data = Messages(90, 30, classes);
        int[] rows = [.. Enumerable.Range(0, data.Rows)];
        FeatureTable sparse = Preprocessor.Fit(data, rows).Transform(data, rows, fillIn: true), dense = WrittenOut(sparse);
        TrainingPlan plan = new() { Counts = data.CountLabels(), PositiveClass = 1 };
        foreach (Remedy remedy in (Remedy[])[Remedy.None, Remedy.Parse("weights:balanced"), Remedy.Parse("sampler:class-balanced"), Remedy.Parse("loss:focal")])
        {
            TrainingPlan own = remedy.Apply(plan);
            using IModel expected = new LinearLearner().Fit(dense, data.LabelMemory, own, new FitOptions(1)),
                found = new LinearLearner().Fit(sparse, data.LabelMemory, own, new FitOptions(1)),
                threaded = new LinearLearner().Fit(sparse, data.LabelMemory, own, new FitOptions(1, Threads: 3));
            double[] e = expected.Predict(dense), f = found.Predict(sparse);
            for (int i = 0; i < e.Length; i++) Assert.Equal(e[i], f[i], 0.005);
            Assert.Equal(f, threaded.Predict(sparse));
        }
    }

    [Fact]
    public void The_curvature_is_the_slope_of_the_gradient()
    {
        Dataset data = Messages(40, 20, 3);
        int[] rows = [.. Enumerable.Range(0, data.Rows)];
        FeatureTable table = Preprocessor.Fit(data, rows).Transform(data, rows, fillIn: true);
        double[] weights = [.. rows.Select(i => 0.5 + (i % 3 / 2.0))];
        foreach (bool two in (bool[])[true, false])
        {
            int[] labels = two ? [.. data.Labels.ToArray().Select(l => Math.Min(l, 1))] : data.Labels.ToArray();
            var f = new TextRegression(table, labels, weights, two ? 2 : 3, 1, byDifference: true, 1 << 20);
            var random = new SeededRandom(5);
            double[] point = [.. Enumerable.Range(0, f.Size).Select(_ => random.NextGaussian())], direction = [.. point.Select(_ => random.NextGaussian())];
            double[] up = new double[f.Size], down = new double[f.Size], product = new double[f.Size], unused = new double[f.Size];
            const double h = 1e-5;
            double high = f.Evaluate(Moved(h), up), low = f.Evaluate(Moved(-h), down);
            f.Evaluate(point, unused);
            f.Multiply(direction, product);
            Assert.Equal((high - low) / (2 * h), unused.Zip(direction, (a, b) => a * b).Sum(), 1e-5);
            for (int i = 0; i < f.Size; i++) Assert.Equal((up[i] - down[i]) / (2 * h), product[i], 1e-6);
            double[] diagonal = new double[f.Size], unit = new double[f.Size];
            f.Diagonal(diagonal);
            foreach (int i in (int[])[0, f.Size / 2, f.Size - 1])
            {
                Array.Clear(unit);
                unit[i] = 1;
                f.Multiply(unit, product);
                Assert.Equal(product[i], diagonal[i], 1e-9);
            }

            double[] Moved(double by) => [.. point.Zip(direction, (p, d) => p + (by * d))];
        }
    }

    [Theory]
    [InlineData("linear", "weights:balanced+threshold:tuned")]
    [InlineData("linear", "loss:focal")]
    [InlineData("gbdt", "resample:random-over")]
    [InlineData("gbdt", "ensemble:balanced-forest(members=10)")]
    [InlineData("mlp", "sampler:class-balanced")]
    public void A_model_of_texts_learns_and_is_saved_whole(string learner, string remedy)
    {
        Dataset data = Messages(240, 60);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, learner, Remedy.Parse(remedy));
        PredictedRows expected = trained.Predict(data.Columns);
        double right = Enumerable.Range(0, data.Rows).Count(i => expected.Labels[i] == data.ClassNames[data.Labels[i]]) / (double)data.Rows;
        Assert.True(right > 0.95, $"{right} is right.");
        string path = Path.Combine(folder, "model");
        trained.Save(path);
        using TrainedClassifier loaded = TrainedClassifier.Load(path);
        Assert.Equal(expected.Probabilities, loaded.Predict(data.Columns).Probabilities);
        Assert.Equal(["text", "number"], loaded.Metadata.Columns.Select(c => c.Kind));
        Assert.True(loaded.Schema[0].IsText);
        Assert.Contains("\"x-text\": true", loaded.JsonSchema, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resample:smote")]
    [InlineData("resample:tomek-links")]
    [InlineData("ensemble:smote-bagging")]
    public void Distances_between_texts_are_refused_with_what_to_take(string remedy)
    {
        RemedyRefusedException refused = Assert.Throws<RemedyRefusedException>(() => TrainedClassifier.Fit(Messages(60, 20), "linear", Remedy.Parse(remedy)));
        Assert.Contains("random-over", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'message'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("one")]
    [InlineData("always the same text")]
    public void Texts_that_say_nothing_are_no_error(string? text)
    {
        Dataset data = Messages(40, 20).WithColumns([new TextColumn("message", [.. Enumerable.Repeat(text, 60)])]);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, "linear", Remedy.None);
        Assert.All(trained.Predict(data.Columns).Labels, l => Assert.Equal("ham", l));

        // Trees need a column that varies, here as anywhere.
        UnusableDataException constant = Assert.Throws<UnusableDataException>(() => TrainedClassifier.Fit(data, "gbdt", Remedy.None));
        Assert.Contains("split", constant.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public void Sums_over_rows_are_the_same_at_any_number_of_threads(int classes)
    {
        // Enough rows that they are shared among threads, each line of classes one vector or two.
        Dataset data = Messages(2500, 1000, 3);
        int[] rows = [.. Enumerable.Range(0, data.Rows)], labels = [.. rows.Select(i => i % classes)];
        FeatureTable table = Preprocessor.Fit(data, rows).Transform(data, rows, fillIn: true);
        double[] weights = [.. rows.Select(i => 0.5 + (i % 3 / 2.0))];
        TextRegression[] functions =
        [
            .. ((int[])[1, 2, 3]).Select(t => new TextRegression(table, labels, weights, classes, t, byDifference: true, 1 << 20)),
        ];
        Assert.Equal([1, 2, 3], functions.Select(f => f.Threads));
        var random = new SeededRandom(5);
        double[] point = [.. Enumerable.Range(0, functions[0].Size).Select(_ => random.NextGaussian())];
        double[][] found = [.. functions.SelectMany(f =>
        {
            double[] gradient = new double[f.Size], product = new double[f.Size], diagonal = new double[f.Size], margins = new double[rows.Length * f.Outputs],
                own = new double[f.Size];
            double value = f.Evaluate(point, gradient);
            f.Multiply(point, product);
            f.Diagonal(diagonal);
            f.Margins(point, margins);
            double penalty = f.Gradient(point, margins, own);
            return (double[][])[[value, penalty], gradient, product, diagonal, margins, own];
        })];
        for (int i = 6; i < found.Length; i++) Assert.Equal(found[i % 6], found[i]);
    }

    [Fact]
    public void Row_weights_count_as_rows_do()
    {
        Dataset data = Messages(60, 20);
        double[] weights = [.. Enumerable.Range(0, 80).Select(i => 1.0 + (i % 2))];
        int[] repeated = [.. Enumerable.Range(0, 80).SelectMany(i => Enumerable.Repeat(i, (int)weights[i]))], rows = [.. Enumerable.Range(0, 80)];
        FeatureTable table = Preprocessor.Fit(data, rows).Transform(data, rows, fillIn: true);
        int[] labels = data.Labels.ToArray();
        TrainingPlan weighted = new() { Counts = data.CountLabels().WithWeights(labels, weights), PositiveClass = 1 };
        TrainingPlan copied = new() { Counts = data.Select(repeated).CountLabels(), PositiveClass = 1 };
        using IModel one = new LinearLearner().Fit(table with { RowWeights = weights }, labels, weighted, new FitOptions(1));
        using IModel other = new LinearLearner().Fit(table.Select(repeated), Array.ConvertAll(repeated, r => labels[r]), copied, new FitOptions(1));
        double[] a = one.Predict(table), b = other.Predict(table);

        // The penalty is one over the number of rows, 80 and 120, and buckets of one row are kept where it is there twice.
        for (int i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 0.1);
    }

    [Fact]
    public void What_tells_of_a_class_is_named()
    {
        Dataset data = Messages(240, 60, 3);
        IReadOnlyList<TellingNGrams> telling = TellingNGrams.Of(data);
        Assert.Equal(["ham", "spam", "ticket"], telling.Select(t => t.Class));
        TellingNGram ticket = telling[2].NGrams[0];
        Assert.Equal(("ticket", 1.0, 0.0), (ticket.Text, ticket.Share, ticket.Elsewhere));
        Assert.All(telling[1].NGrams, g => Assert.Contains(g.Text.Split(' ')[0], Spam));
        Assert.All(telling.SelectMany(t => t.NGrams), g => Assert.True(g.Share > g.Elsewhere));
        Assert.Empty(TellingNGrams.Of(Simulated.Binary(20, 10, 1)));
        Dataset signs = Messages(40, 20).WithColumns([new TextColumn("m", [.. Enumerable.Range(0, 60).Select(i => i % 3 == 0 ? "!?!?!" : "---" + i % 7)])]);
        Assert.NotEmpty(TellingNGrams.Of(signs));
    }

    [Fact]
    public void Texts_go_to_other_processes_whole()
    {
        Dataset data = Messages(20, 10).WithColumns([new TextColumn("m", [.. Enumerable.Range(0, 30).Select(i => i % 4 == 0 ? null : $"é \0 {i}")])]);
        string path = Path.Combine(folder, "rows");
        using (FileStream stream = File.Create(path)) DatasetFile.Write(data, stream);
        Assert.Equal(((TextColumn)data["m"]).Texts.ToArray(), ((TextColumn)DatasetFile.Read(path)["m"]).Texts.ToArray());
    }

    private static FeatureTable WrittenOut(FeatureTable table)
    {
        TextRows texts = table.Texts[0];
        var rows = new Dictionary<int, int>();
        for (int i = 0; i < table.Rows; i++)
            foreach (uint entry in texts.Row(i)) rows[HashedTexts.Bucket(entry)] = rows.GetValueOrDefault(HashedTexts.Bucket(entry)) + 1;
        int[] kept = [.. rows.Where(p => p.Value >= 2).Select(p => p.Key).Order()];
        int width = table.Columns + kept.Length;
        float[] values = new float[table.Rows * width];
        for (int i = 0; i < table.Rows; i++)
        {
            table.Matrix.Row(i).CopyTo(values.AsSpan(i * width));
            foreach (uint entry in texts.Row(i))
            {
                int bucket = HashedTexts.Bucket(entry), at = Array.BinarySearch(kept, bucket);
                if (at >= 0)
                    values[(i * width) + table.Columns + at] = (float)((1 + Math.Log(HashedTexts.Count(entry))) * texts.Weights[bucket])
                        * texts.Norm(i, bucket < NGrams.FirstCharacters ? 0 : 1);
            }
        }

        return new FeatureTable(new SampleMatrix<float>(values, width), new int[width]);
    }

    private static uint[] Entries(string text) => HashedTexts.Of(new TextColumn("t", [text])).Row(0).ToArray();

    internal static Dataset Messages(int ham, int spam, int classes = 2)
    {
        var random = new SeededRandom(3);
        int rows = ham + spam;
        string[] texts = new string[rows];
        int[] labels = new int[rows];
        double[] x = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            labels[i] = i % (rows / spam) == 0 ? 1 : 0;
            if (classes == 3 && i % 5 == 2) labels[i] = 2;
            string[] words = new string[5 + random.NextInt32(10)];
            for (int w = 0; w < words.Length; w++)
                words[w] = labels[i] == 2 && w % 3 == 0 ? "ticket" : labels[i] == 1 && random.NextDouble() < 0.6 ? Spam[random.NextInt32(Spam.Length)]
                    : Ham[random.NextInt32(Ham.Length)];
            texts[i] = string.Join(' ', words);
            x[i] = random.NextGaussian();
        }

        return new Dataset("messages", "label", labels, classes == 3 ? ["ham", "spam", "ticket"] : ["ham", "spam"],
            [new TextColumn("message", texts), new NumericColumn("x", x)]);
    }
}
