using System.Globalization;

namespace Counterweight.Comparison;

/// <summary>One of several processes that share the fits of a comparison.</summary>
/// <param name="Index">Which one, from 1.</param>
/// <param name="Count">How many there are.</param>
internal sealed record Shard(int Index, int Count)
{
    private const int Most = 10_000;

    /// <summary>What it is called: <c>shard-2-of-4</c>.</summary>
    internal string Name => string.Create(CultureInfo.InvariantCulture, $"shard-{Index}-of-{Count}");

    /// <summary>Reads <c>2/4</c>; or <c>auto</c>, which asks the scheduler: an array job of Slurm, or an indexed job of Kubernetes.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="variable">Gives a variable of the environment.</param>
    /// <exception cref="FormatException">It is neither, or the scheduler says nothing.</exception>
    internal static Shard Parse(string text, Func<string, string?> variable)
    {
        if (text.Trim().Equals("auto", StringComparison.OrdinalIgnoreCase))
        {
            if (Number("SLURM_ARRAY_TASK_ID") is int task && Number("SLURM_ARRAY_TASK_COUNT") is int tasks)
            {
                int first = Number("SLURM_ARRAY_TASK_MIN") ?? (task < tasks ? 0 : 1), step = Math.Max(1, Number("SLURM_ARRAY_TASK_STEP") ?? 1);
                return Checked(((task - first) / step) + 1, tasks, "the array job");
            }

            if (Number("JOB_COMPLETION_INDEX") is int index && Number("JOB_COMPLETIONS") is int completions)
                return Checked(index + 1, completions, "the indexed job");
            throw new FormatException("--shard auto: no scheduler says which shard this is. Slurm sets SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT in an "
                + "array job; in an indexed job of Kubernetes there is JOB_COMPLETION_INDEX, and the manifest has to set JOB_COMPLETIONS.");
        }

        string[] parts = text.Split('/');
        if (parts.Length != 2 || !Whole(parts[0], out int i) || !Whole(parts[1], out int n))
            throw new FormatException($"--shard is I/N, as in 2/4, or auto; '{text}' is not.");
        return Checked(i, n, "--shard");

        int? Number(string name) => Whole(variable(name) ?? "", out int value) ? value : null;
    }

    /// <summary>Whether the shard trains a unit on a fold. Units go round over the folds, so that a dear one is shared out.</summary>
    internal bool Owns(int unit, int fold) => (unit + fold) % Count == Index - 1;

    private static bool Whole(string text, out int value) => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static Shard Checked(int index, int count, string what) => count is >= 1 and <= Most && index >= 1 && index <= count
        ? new(index, count)
        : throw new FormatException($"{what}: there is no shard {index} of {count}; they are numbered from 1, and there may be up to {Most}.");
}
