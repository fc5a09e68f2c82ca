using System.Collections.Concurrent;
using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>Bins of LightGBM that are made once for all candidates of a fold: they depend on the rows, and not on labels or weights.</summary>
/// <remarks>
/// LightGBM reads the bins of a dataset and never changes them (its boosters hold <c>const Dataset*</c>; what a training changes is its own), so that any
/// number of threads may copy rows out of one dataset at a time. A copy has the bins of the whole, and its own labels and weights. What is made stays until
/// the fold is done with.
/// </remarks>
internal sealed class BinStore : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<LightGbmDataset>> known = new(StringComparer.Ordinal);

    /// <summary>The dataset of some rows; it is made if it is asked for the first time.</summary>
    internal LightGbmDataset Get(string key, Func<LightGbmDataset> make) => known.GetOrAdd(key, _ => new(make)).Value;

    /// <summary>Frees all that was made.</summary>
    public void Dispose()
    {
        foreach (Lazy<LightGbmDataset> made in known.Values)
            if (made.IsValueCreated) made.Value.Dispose();
        known.Clear();
    }
}

/// <summary>Rows whose bins a store keeps.</summary>
/// <param name="store">Where they are kept.</param>
/// <param name="rows">The rows: for any others, as a resampler or an ensemble makes them, bins of their own are made.</param>
/// <param name="key">What these rows are called in the store.</param>
internal sealed class SharedBins(BinStore store, SampleMatrix<float> rows, string key)
{
    /// <summary>Whether these are the rows.</summary>
    internal bool Are(FeatureTable features) => ReferenceEquals(features.Matrix, rows);

    /// <summary>The dataset of the rows, without labels and weights.</summary>
    internal LightGbmDataset Get(LightGbmParameters parameters, Func<LightGbmDataset> make) => store.Get($"{key}: {parameters.DatasetText([])}", make);

    /// <summary>A part of the rows, which is the same part whenever it has the same name.</summary>
    internal SharedBins Part(SampleMatrix<float> some, string name) => new(store, some, $"{key}, {name}");
}
