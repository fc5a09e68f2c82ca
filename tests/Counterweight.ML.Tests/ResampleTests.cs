using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML.Tests;

public sealed class ResampleTests
{
    private static readonly MLContext Context = Tables.Context;

    public static TheoryData<string> Methods => [.. Resampler.Catalogue.Where(m => m.Parameters.All(p => !p.IsRequired)).Select(m => m.Name)];

    /// <summary>Every method gives, over a view, the rows that it gives over an array.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public void EveryMethodOfTheCatalogueResamplesAView(string name)
    {
        bool categories = name is "smote-nc" or "smoten";
        Item[] items = Tables.Items(150);
        if (categories)
            foreach (Item item in items)
                item.Features = name == "smoten" ? [.. item.Features.Select(f => (float)((int)(3 * f) % 3))]
                    : [item.Features[0], item.Features[1], item.Index % 4];
        int[] slots = name == "smoten" ? [0, 1, 2] : categories ? [2] : [];
        IResampler resampler = Resampler.Create(name);
        float[] values = [.. items.SelectMany(i => i.Features)];
        ColumnScale[] scales = [.. Enumerable.Range(0, 3).Select(
            c => slots.Contains(c) ? default : ColumnScale.Of([.. items.Select(i => (double)i.Features[c])]))];
        for (int i = 0; i < values.Length; i++)
            if (scales[i % 3].Deviation > 0) values[i] = (float)scales[i % 3].Standardise(values[i]);
        Resampled<float> expected = resampler.Resample(new SampleMatrix<float>(values, 3, slots), [.. items.Select(i => "abc".IndexOf(i.Kind[0]))], 3, 4);
        IDataView view = Context.Data.Resample(Tables.View(items), resampler, "Kind", categoricalSlots: slots, seed: 4, threads: 2);
        Item[] made = Read(view);
        Assert.Equal(expected.Labels.Length, view.GetRowCount());
        Assert.Equal(expected.Labels.Order(), made.Select(i => "abc".IndexOf(i.Kind[0])).Order());

        // Rows of the input come whole, as often as they were taken, in their order; made ones have features and a label alone.
        Item[] kept = [.. made.Where(i => !float.IsNaN(i.Own))], synthetic = [.. made.Where(i => float.IsNaN(i.Own))];
        Assert.Equal(expected.SourceRows.Where(r => r >= 0).Order().Select(r => (int)r), kept.Select(i => i.Index));
        Assert.All(kept, i => Assert.Equal((items[i.Index].Customer, items[i.Index].Own), (i.Customer, i.Own)));
        Assert.All(kept, i => Assert.Equal(items[i.Index].Features, i.Features));
        Assert.All(synthetic, i => Assert.Equal(("", 0, false), (i.Customer, i.Index, i.Label)));
        int next = 0;
        for (int i = 0; i < expected.Labels.Length; i++)
        {
            if (expected.SourceRows[i] >= 0) continue;
            Item own = synthetic[next++];
            for (int c = 0; c < 3; c++)
            {
                float made1 = expected.Rows.Row(i)[c];
                Assert.Equal(scales[c].Deviation > 0 ? scales[c].Restore(made1) : made1, own.Features[c], 1e-4 * (1 + Math.Abs(own.Features[c])));
            }
        }

        Assert.Equal(synthetic.Length, next);
        IDataView again = Context.Data.Resample(Tables.View(items), resampler, "Kind", categoricalSlots: slots, seed: 4, threads: 1);
        Assert.Equal(made.Select(i => i.Features[0]), Read(again).Select(i => i.Features[0]));
    }

    [Fact]
    public void MadeRowsStandAmongTheOthers()
    {
        IDataView view = Context.Data.Resample(Tables.View(Tables.Items(300)), Resampler.Create("smote"));
        bool[] labels = [.. view.GetColumn<bool>("Label")];
        Assert.Equal(540, labels.Length);
        Assert.InRange(labels[..270].Count(l => l), 125, 145);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
        var ids = new HashSet<DataViewRowId>();
        for (int i = 0; cursor.MoveNext(); i++)
        {
            DataViewRowId id = default;
            getId(ref id);
            Assert.True(ids.Add(id));
            Assert.Equal(i, cursor.Position);
        }
    }

    [Fact]
    public void KeysVectorsAndDoublesAreKept()
    {
        IDataView view = Tables.View(Tables.Items(100));
        view = Context.Transforms.Conversion.MapValueToKey("Key", "Kind")
            .Append(Context.Transforms.Conversion.ConvertType("Wide", "Features", DataKind.Double)).Fit(view).Transform(view);
        IDataView made = Context.Data.Resample(view, Resampler.Create("smote(k=3)"), "Key", "Wide");
        Assert.Equal([70, 70, 70], made.GetColumn<uint>("Key").GroupBy(k => k).OrderBy(g => g.Key).Select(g => g.Count()));
        Assert.Equal("abc", string.Concat(KeyNames(made)));
        float[][] vectors = [.. made.GetColumn<float[]>("Features")];
        double[][] wide = [.. made.GetColumn<double[]>("Wide")];
        Assert.Equal(110, vectors.Count(v => v.All(float.IsNaN)));
        Assert.All(wide, v => Assert.All(v, x => Assert.True(double.IsFinite(x))));

        // ML.NET trains on it, and shuffles it where asked.
        IDataView shuffled = Context.Data.ShuffleRows(made, seed: 1);
        Assert.Equal(210, shuffled.GetColumn<uint>("Key").Count());
        Assert.NotEqual(made.GetColumn<uint>("Key"), shuffled.GetColumn<uint>("Key"));
        IDataView ready = Context.Data.Resample(view, Resampler.Create("random-over"), "Key");
        ITransformer model = Context.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Key").Fit(ready);
        Assert.Equal(100, model.Transform(view).GetColumn<uint>("PredictedLabel").Count());
    }

    [Fact]
    public void WhatCannotBeResampledIsNamed()
    {
        Item[] items = Tables.Items(60);
        items[7].Features[1] = float.NaN;
        IResampler smote = Resampler.Create("smote");
        var wrong = Assert.Throws<UnusableDataException>(() => Context.Data.Resample(Tables.View(items), smote));
        Assert.Equal(("Features[1]", 8L), (wrong.Column, wrong.Row));
        items[7].Features[1] = float.PositiveInfinity;
        wrong = Assert.Throws<UnusableDataException>(() => Context.Data.Resample(Tables.View(items), smote));
        Assert.Equal(("Features[1]", 8L), (wrong.Column, wrong.Row));
        IDataView view = Tables.View(Tables.Items(60));
        Assert.Equal("Featurs", Assert.Throws<UnusableDataException>(() => Context.Data.Resample(view, smote, featureColumnName: "Featurs")).Column);
        Assert.Equal("Own", Assert.Throws<UnusableDataException>(() => Context.Data.Resample(view, smote, featureColumnName: "Own")).Column);
        IDataView one = Tables.View([.. Tables.Items(60).Where(i => i.Kind == "a")]);
        Assert.Contains("class 'a'", Assert.Throws<UnusableDataException>(() => Context.Data.Resample(one, smote, "Kind")).Message, StringComparison.Ordinal);
    }

    private static Item[] Read(IDataView view) => [.. Context.Data.CreateEnumerable<Item>(view, reuseRowObject: false)];

    private static IEnumerable<string> KeyNames(IDataView view)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["Key"].GetKeyValues(ref names);
        return names.DenseValues().Select(n => n.ToString());
    }
}
