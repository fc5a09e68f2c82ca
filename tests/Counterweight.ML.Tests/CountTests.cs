using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML.Tests;

public sealed class CountTests
{
    private static readonly MLContext Context = Tables.Context;

    [Fact]
    public void ClassesOfAllTypesAreCounted()
    {
        IDataView view = Tables.View(Tables.Items(100));
        Assert.Equal("False: 90, True: 10", Context.Data.CountClasses(view).ToString());
        Assert.Equal("a: 70, b: 20, c: 10", Context.Data.CountClasses(view, "Kind").ToString());
        IDataView numbers = Numbers.View(Tables.Items(100));
        foreach (DataViewSchema.Column column in numbers.Schema)
            Assert.Equal("0: 70, 10: 20, 20: 10", Context.Data.CountClasses(numbers, column.Name).ToString());
    }

    /// <summary>Codes are the slots of the score vectors: the order of the keys, those without rows included.</summary>
    [Fact]
    public void KeysKeepTheirOrder()
    {
        IDataView view = Tables.View([.. Tables.Items(100).Reverse()]);
        IDataView keyed = Context.Transforms.Conversion.MapValueToKey("Key", "Kind").Fit(view).Transform(view);
        Assert.Equal("c: 10, a: 70, b: 20", Context.Data.CountClasses(keyed, "Key").ToString());
        IDataView some = Context.Data.FilterRowsByKeyColumnFraction(keyed, "Key", 0, 0.5);
        Assert.Equal(0, Context.Data.CountClasses(some, "Key").AsSpan().ToArray().Min());
    }

    [Fact]
    public void WeightsCount()
    {
        ClassCounts counts = Context.Data.CountClasses(Tables.View(Tables.Items(100)), "Kind", "Own");
        Assert.True(counts.IsWeighted);
        Assert.Equal(Tables.Items(100).Sum(i => (double)i.Own), counts.TotalWeight, 9);
        Item[] bad = Tables.Items(10);
        bad[6].Own = -1;
        var wrong = Assert.Throws<UnusableDataException>(() => Context.Data.CountClasses(Tables.View(bad), "Kind", "Own"));
        Assert.Equal(("Own", 7L), (wrong.Column, wrong.Row));
        Assert.Equal("Kind", Assert.Throws<UnusableDataException>(() => Context.Data.CountClasses(Tables.View(bad), "Kind", "Kind")).Column);
    }
}
