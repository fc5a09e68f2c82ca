using Counterweight.Comparison;
using Counterweight.TestSupport;
using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML.Tests;

public sealed class SplitTests
{
    private static readonly MLContext Context = Tables.Context;

    [Fact]
    public void FoldsAreThoseOfTheLibraryAndShareOutEveryClass() =>
        Gen.Select(Gen.Int[30, 300], Gen.Int[2, 6], Gen.Long[0, 1000]).Sample(
            (rows, folds, seed) =>
            {
                Item[] items = Tables.Items(Math.Max(rows, 10 * folds));
                IReadOnlyList<TrainTestViews> splits = Context.Data.StratifiedCrossValidationSplit(Tables.View(items), "Kind", folds, seed: seed);
                int[] codes = [.. items.Select(i => "abc".IndexOf(i.Kind[0]))];
                IReadOnlyList<Fold> expected = StratifiedFolds.Split(codes, ["a", "b", "c"], folds, 1, seed);
                for (int f = 0; f < folds; f++)
                {
                    Assert.Equal(expected[f].Test, Tables.Indices(splits[f].TestSet));
                    Assert.Equal(expected[f].Train, Tables.Indices(splits[f].TrainSet));
                    Assert.Equal(expected[f].Test.Length, splits[f].TestSet.GetRowCount());
                }

                for (int c = 0; c < 3; c++)
                {
                    int[] perFold = [.. splits.Select(s => Tables.Indices(s.TestSet).Count(i => codes[i] == c))];
                    Assert.True(perFold.Max() - perFold.Min() <= 1);
                }
            },
            iter: 20, threads: 1);

    [Fact]
    public void RowsOfAGroupStayTogether()
    {
        Item[] items = Tables.Items(400);
        foreach (TrainTestViews split in Context.Data.StratifiedCrossValidationSplit(Tables.View(items), "Kind", 4, "Customer"))
        {
            var train = Tables.Indices(split.TrainSet).Select(i => items[i].Customer).ToHashSet();
            Assert.DoesNotContain(Tables.Indices(split.TestSet), i => train.Contains(items[i].Customer));
        }

        TrainTestViews once = Context.Data.StratifiedTrainTestSplit(Tables.View(items), "Kind", 0.3, "Customer", seed: 3);
        var larger = Tables.Indices(once.TrainSet).Select(i => items[i].Customer).ToHashSet();
        int[] smaller = Tables.Indices(once.TestSet);
        Assert.InRange(smaller.Length, 100, 140);
        Assert.DoesNotContain(smaller, i => larger.Contains(items[i].Customer));
    }

    [Theory]
    [InlineData("Label")]
    [InlineData("Kind")]
    [InlineData("Number")]
    public void OneSplitHasTheSharesOfTheWholeOnBothSides(string label)
    {
        Item[] items = Tables.Items(1000);
        (IDataView train, IDataView test) = Context.Data.StratifiedTrainTestSplit(Tables.View(items), label, 0.2, seed: 7);
        int[] held = Tables.Indices(test);
        Assert.Equal(200, held.Length);
        Assert.Equal(items.Count(i => i.Kind == "c") / 5, held.Count(i => items[i].Kind == "c"));
        Assert.Equal(Enumerable.Range(0, 1000), held.Concat(Tables.Indices(train)).Order());
        Assert.Equal(held, Tables.Indices(Context.Data.StratifiedTrainTestSplit(Tables.View(items), label, 0.2, seed: 7).TestSet));
        Assert.NotEqual(held, Tables.Indices(Context.Data.StratifiedTrainTestSplit(Tables.View(items), label, 0.2, seed: 8).TestSet));
    }

    [Fact]
    public void KeysSplitAsTheTextsTheyStandFor()
    {
        IDataView view = Tables.View(Tables.Items(300));
        IDataView keyed = Context.Transforms.Conversion.MapValueToKey("Key", "Kind").Fit(view).Transform(view);
        foreach (TrainTestViews split in Context.Data.StratifiedCrossValidationSplit(keyed, "Key", 3))
        {
            ClassCounts counts = Context.Data.CountClasses(split.TestSet, "Kind");
            for (int c = 0; c < 3; c++) Assert.InRange(counts[c], (new[] { 210, 60, 30 }[c] / 3) - 1, (new[] { 210, 60, 30 }[c] / 3) + 1);
        }
    }

    /// <summary>Views that number their rows, and some that do not: a shuffled cursor gives the same rows in another order.</summary>
    [Fact]
    public void ShuffledPartsHaveTheSameRows()
    {
        Item[] items = Tables.Items(500);
        IDataView view = Tables.View(items), filtered = Context.Data.FilterRowsByColumn(view, "Own", lowerBound: 1);
        foreach (IDataView source in (IDataView[])[view, Context.Data.Cache(view), filtered, Context.Data.Cache(filtered), Context.Data.TakeRows(view, 200)])
        {
            (IDataView train, IDataView test) = Context.Data.StratifiedTrainTestSplit(source, "Kind", 0.3);
            foreach (IDataView part in (IDataView[])[train, test])
            {
                int[] inOrder = Tables.Indices(part);
                var shuffled = new List<int>();
                using (DataViewRowCursor cursor = part.GetRowCursor([part.Schema["Index"]], new Random(5)))
                {
                    ValueGetter<int> get = cursor.GetGetter<int>(part.Schema["Index"]);
                    int value = 0;
                    while (cursor.MoveNext())
                    {
                        get(ref value);
                        shuffled.Add(value);
                    }
                }

                Assert.Equal(part.CanShuffle, !shuffled.SequenceEqual(inOrder));
                Assert.Equal(inOrder, shuffled.Order());
            }
        }

        Assert.True(Context.Data.StratifiedTrainTestSplit(Context.Data.Cache(view), "Kind").TrainSet.CanShuffle);
    }

    [Fact]
    public void ASplitReadsTheLabelsOnceAndCopiesNothing()
    {
        var counting = new CountingView(Tables.View(Tables.Items(600)));
        IReadOnlyList<TrainTestViews> splits = Context.Data.StratifiedCrossValidationSplit(counting, "Kind", 5);
        Assert.Equal((1, 600), (counting.Cursors, counting.Values));

        // A part reads the values of its own rows alone, and of the columns that are asked for.
        Assert.Equal(120, splits[0].TestSet.GetColumn<float>("Own").Count());
        Assert.Equal((2, 720), (counting.Cursors, counting.Values));
    }

    [Fact]
    public void ATextFileIsSplitAsItStreams()
    {
        using var files = new TempFiles();
        string file = files.Write("rows.csv", "Index,Label\n" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i},{i % 20 == 0}\n")));
        IDataView view = Context.Data.LoadFromTextFile(file, [new("Index", DataKind.Int32, 0), new("Label", DataKind.Boolean, 1)], ',', hasHeader: true);
        (IDataView train, IDataView test) = Context.Data.StratifiedTrainTestSplit(view, "Label", 0.1);
        Assert.Equal(5, Tables.Indices(test).Count(i => i % 20 == 0));
        Assert.Equal(100, Tables.Indices(test).Length);
        Assert.Equal(900, Tables.Indices(train).Length);
    }

    [Fact]
    public void MlNetTrainsOnAPart()
    {
        (IDataView train, IDataView test) = Context.Data.StratifiedTrainTestSplit(Tables.View(Tables.Items(500)), "Label");
        foreach (IEstimator<ITransformer> trainer in (IEstimator<ITransformer>[])[
            Context.BinaryClassification.Trainers.LbfgsLogisticRegression(), Context.BinaryClassification.Trainers.SdcaLogisticRegression(
                new Microsoft.ML.Trainers.SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 20 }),
            Context.BinaryClassification.Trainers.AveragedPerceptron()])
            Assert.Equal(100, trainer.Fit(train).Transform(test).GetColumn<float>("Score").Count());
    }

    [Theory]
    [InlineData("Lable", "There is no column 'Lable'. Did you mean 'Label'?", null)]
    [InlineData("Features", "The column is of type Vector<Single, 3>, and a Boolean, a key, a text or a number is needed here.", null)]
    [InlineData("Same", "All 60 rows are of the class 'x'; at least two classes are needed.", null)]
    [InlineData("Holes", "The value is missing.", 4L)]
    [InlineData("Gaps", "The value is missing.", 6L)]
    [InlineData("Rare", "Class 'r' has 2 rows, fewer than the 5 folds", null)]
    public void WhatCannotBeSplitIsNamed(string column, string problem, long? row)
    {
        var items = Tables.Items(60);
        IDataView view = Context.Transforms.CustomMapping<Item, Odd>(
            (from, to) =>
            {
                (to.Same, to.Holes) = ("x", from.Index == 3 ? "" : from.Kind);
                (to.Gaps, to.Rare) = (from.Index == 5 ? float.NaN : from.Number, from.Index < 2 ? "r" : "s");
            },
            null).Fit(Tables.View(items)).Transform(Tables.View(items));
        var wrong = Assert.Throws<UnusableDataException>(() => Context.Data.StratifiedCrossValidationSplit(view, column));
        Assert.StartsWith(problem, wrong.Problem, StringComparison.Ordinal);
        Assert.Equal((column, row), (wrong.Column, wrong.Row));
    }

    [Fact]
    public void AnEmptyViewAndAQuantityAreRefused()
    {
        Assert.Contains("no rows", Assert.Throws<UnusableDataException>(() => Context.Data.StratifiedTrainTestSplit(Tables.View())).Message,
            StringComparison.Ordinal);
        var wrong = Assert.Throws<UnusableDataException>(() => Context.Data.CountClasses(Tables.View(Tables.Items(2000)), "Index"));
        Assert.Equal(("Index", 1001L), (wrong.Column, wrong.Row));
        Assert.Throws<ArgumentOutOfRangeException>(() => Context.Data.StratifiedTrainTestSplit(Tables.View(Tables.Items(9)), "Kind", 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Context.Data.StratifiedCrossValidationSplit(Tables.View(Tables.Items(9)), "Kind", 1));
    }

    [Fact]
    public void AViewThatChangesIsNoticed()
    {
        int pass = 0;
        IDataView view = Context.Data.LoadFromEnumerable(Changing());
        (IDataView train, _) = Context.Data.StratifiedTrainTestSplit(view, "Kind");
        Assert.Contains("does not give the same rows", Assert.Throws<UnusableDataException>(() => Tables.Indices(train)).Message, StringComparison.Ordinal);

        IEnumerable<Item> Changing()
        {
            foreach (Item item in Tables.Items(100 + (50 * pass++))) yield return item;
        }
    }

    private sealed class Odd
    {
        public string Same { get; set; } = "";

        public string Holes { get; set; } = "";

        public float Gaps { get; set; }

        public string Rare { get; set; } = "";
    }
}
