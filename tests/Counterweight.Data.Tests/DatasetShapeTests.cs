namespace Counterweight.Data.Tests;

/// <summary>Parts of a table in several files, brought to one shape.</summary>
public sealed class DatasetShapeTests : IDisposable
{
    private static readonly DatasetOptions Part = new() { IsPart = true };

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Files_joined_are_the_file_that_has_all_their_rows()
    {
        const string header = "n,x,d,k,gaps,late,y\n";
        string[] rows =
        [
            "1,0.5,2024-01-02,b,,,no\n2,1.5,2024-01-03,,,,no\n",
            "3,7,2024-02-01,a,4,,maybe\n4,-1,2024-02-02,ü,5.5,,no\n",
            "5,2e3,2024-03-01,c,,z,yes\n6,0,2024-03-05,a,1,,yes\n",
        ];
        Dataset[] parts = [.. rows.Select((r, i) => DatasetReader.Read(files.Write($"{i}.csv", header + r), "y", Part))];
        Dataset joined = DatasetShape.Join(parts), whole = DatasetReader.Read(files.Write("whole.csv", header + string.Concat(rows)), "y");
        Assert.Equal(whole.ClassNames, joined.ClassNames);
        Assert.Equal(whole.Labels.ToArray(), joined.Labels.ToArray());
        Assert.Equal(whole.Columns.Select(c => c.Name), joined.Columns.Select(c => c.Name));
        foreach ((Column a, Column b) in whole.Columns.Zip(joined.Columns))
        {
            Assert.Equal((a.GetType(), (a as NumericColumn)?.Kind), (b.GetType(), (b as NumericColumn)?.Kind));
            Assert.Equal((a as CategoricalColumn)?.Levels, (b as CategoricalColumn)?.Levels);
            Assert.Equal((a as NumericColumn)?.Values.ToArray(), (b as NumericColumn)?.Values.ToArray());
            Assert.Equal((a as CategoricalColumn)?.Codes.ToArray(), (b as CategoricalColumn)?.Codes.ToArray());
        }
    }

    [Fact]
    public void Numbered_classes_are_in_their_order_and_weights_and_groups_come_along()
    {
        Dataset joined = DatasetShape.Join([Read("a,w,g,y\n1,2,p,10\n2,1,q,10\n"), Read("a,w,g,y\n3,0.5,r,9\n4,3,p,2\n")]);
        Assert.Equal(["2", "9", "10"], joined.ClassNames);
        Assert.Equal([2, 2, 1, 0], joined.Labels.ToArray());
        Assert.Equal([2.0, 1, 0.5, 3], joined.SampleWeights.ToArray());
        Assert.Equal(3, joined.CountLabels().Total(2));
        Assert.Equal(["p", "q", "r", "p"], Enumerable.Range(0, 4).Select(joined["g"].Text));

        Dataset Read(string text) => DatasetReader.Read(files.Write($"{text.Length}.csv", text), "y", Part with { SampleWeight = "w", Aside = ["g"] });
    }

    [Theory]
    [InlineData("a,y\n1,no\n", "b,y\n1,no\n", "'b': the column is not there")]
    [InlineData("a,b,y\n1,2,no\n", "a,y\n1,no\n", "'b': the column is there")]
    [InlineData("a,y\n1,no\n", "a,y\nx,no\n", "holds categories here and numbers in")]
    [InlineData("a,y\n1,no\n", "a,y\n2024-01-01,no\n", "holds dates here and numbers in")]
    public void What_does_not_go_together_is_named(string one, string other, string problem)
    {
        Dataset[] parts = [DatasetReader.Read(files.Write("one.csv", one), "y", Part), DatasetReader.Read(files.Write("other.csv", other), "y", Part)];
        string message = Assert.Throws<UnusableDataException>(() => DatasetShape.Join(parts)).Message;
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.Contains("other.csv", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_one_class_is_a_part_and_no_table()
    {
        string path = files.Write("a.csv", "a,y\n1,no\n2,no\n");
        Assert.Single(DatasetReader.Read(path, "y", Part).ClassNames);
        Assert.Contains("every row has the label", Assert.Throws<UnusableDataException>(() => DatasetReader.Read(path, "y")).Message, StringComparison.Ordinal);
    }
}
