namespace Counterweight.LightGbm;

/// <summary>How a dataset is made: its columns and the parameters that decide the bins.</summary>
public sealed record LightGbmDatasetOptions
{
    /// <summary>Bins, seed and threads are read from here. A dataset with a <see cref="Reference"/> takes the bins of that.</summary>
    public LightGbmParameters Parameters { get; init; } = new();

    /// <summary>The names of the columns, in order; empty names them <c>Column_0</c>, <c>Column_1</c>, ...</summary>
    public IReadOnlyList<string> ColumnNames { get; init; } = [];

    /// <summary>The positions (from 0) of the columns whose values are category codes: whole numbers from 0, NaN for missing.</summary>
    public IReadOnlyList<int> CategoricalColumns { get; init; } = [];

    /// <summary>The training dataset that a validation dataset belongs to, whose bins and categorical columns it takes over.</summary>
    public LightGbmDataset? Reference { get; init; }

    /// <summary>
    /// The processes whose rows together decide the bins, for a training over all of them; the rows here are this process's share. Each process makes its
    /// dataset, by <see cref="LightGbmDataset.FromChunks"/>, with the same columns. The bins are those that one process with all rows would choose, the rows
    /// taken process by process.
    /// </summary>
    public LightGbmMachines? Machines { get; init; }
}
