using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>A digest of all that decides what a fold of a comparison gives: rows, folds, seed, metric and costs.</summary>
public static class RunFingerprint
{
    /// <summary>Raised when a change to the library changes results, so that folds of older versions are not mixed in.</summary>
    private const int ResultsVersion = 7;

    /// <summary>Computes the digest.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="options">The options; learners and remedies do not matter, since a run may be extended by more.</param>
    public static string Of(Dataset dataset, ComparisonOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(string.Create(CultureInfo.InvariantCulture,
            $"{ResultsVersion}|{dataset.Target}|{dataset.Rows}|{options.Folds}|{options.Repeats}|{options.Seed}|{options.InnerFolds}|{options.PositiveClass}|"
            + $"{options.Metric.Name}|{string.Join(' ', options.Also.Select(m => m.Name))}|{options.Costs}"));
        foreach (string name in dataset.ClassNames) Add(name);
        digest.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(dataset.Labels));
        foreach (Column column in dataset.Columns)
        {
            Add(column.Name);
            if (column is NumericColumn numeric) digest.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(numeric.Values));
            if (column is TextColumn texts)
                foreach (string? text in texts.Memory.Span) Add(text is null ? "-" : "+" + text);
            if (column is not CategoricalColumn categorical) continue;
            foreach (string level in categorical.Levels) Add(level);
            digest.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(categorical.Codes));
        }

        if (dataset.Columns.Count == 0) // rows that only a program can read: which they are
            foreach (Column column in dataset.Aside)
                for (int row = 0; row < dataset.Rows; row++) Add(column.Text(row));
        if (options.Holdout is double share)
            Add(string.Create(CultureInfo.InvariantCulture, $"holdout|{share}|{options.Seeds}"));
        if (options is { Trainers.Count: > 0, TrainerSettings: TrainerSettings settings })
            Add(string.Create(CultureInfo.InvariantCulture, $"validation|{settings.ValidationShare}"));
        if (!dataset.SampleWeights.IsEmpty) digest.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(dataset.SampleWeights.Span));
        if (options.Groups is not null)
            foreach (int group in options.Groups) Add(group.ToString(CultureInfo.InvariantCulture));
        if (options.Times is not null) digest.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>(options.Times.ToArray()));
        return Convert.ToHexStringLower(digest.GetHashAndReset());

        void Add(string text)
        {
            digest.AppendData(Encoding.UTF8.GetBytes(text));
            digest.AppendData([0]);
        }
    }
}
