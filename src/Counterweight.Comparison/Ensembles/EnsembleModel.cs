using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;

namespace Counterweight.Comparison;

/// <summary>Several models whose probabilities are averaged; it owns them. Saved as <c>ensemble.json</c> and a folder per member.</summary>
internal sealed class EnsembleModel(IReadOnlyList<IModel> members, IReadOnlyList<double> weights, int classes, int threads) : IModel, IDescribedModel
{
    private const string FileName = "ensemble.json";
    private const int Version = 1;

    /// <summary>The number of members.</summary>
    internal int Members => members.Count;

    public double[] Predict(FeatureTable features)
    {
        double[] sum = [];
        double total = weights.Sum();
        int wave = Math.Clamp(threads, 1, members.Count);
        double[][] parts = new double[wave][];
        for (int from = 0; from < members.Count; from += wave)
        {
            // The order of the sum is that of the members, whatever the number of threads.
            int size = Math.Min(wave, members.Count - from), next = -1, first = from;
            MemberFits.Run(size, () =>
            {
                for (int i = Interlocked.Increment(ref next); i < size; i = Interlocked.Increment(ref next)) parts[i] = members[first + i].Predict(features);
            });
            for (int i = 0; i < size; i++)
                if (parts[i].Length != (long)features.Rows * classes) throw new InvalidDataException($"A member has other classes than {FileName}.");
            if (from == 0) sum = new double[parts[0].Length];
            for (int i = 0; i < size; i++) TensorPrimitives.MultiplyAdd(parts[i], weights[from + i] / total, sum, sum);
        }

        // Shares of a total may sum to a little more than one.
        TensorPrimitives.Min(sum, 1.0, sum);
        return sum;
    }

    public ModelForm? Describe()
    {
        ModelForm?[] forms = [.. members.Select(m => (m as IDescribedModel)?.Describe())];
        return forms.Contains(null) ? null : new MeanForm(forms!, weights, classes);
    }

    public void Save(string folder)
    {
        for (int i = 0; i < members.Count; i++) members[i].Save(Directory.CreateDirectory(Path.Combine(folder, FolderOf(i))).FullName);
        var state = new EnsembleState(Version, classes, [.. weights]);
        File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(state, ComparisonJsonContext.Default.EnsembleState));
    }

    public void Dispose()
    {
        foreach (IModel member in members) member.Dispose();
    }

    /// <summary>Reads a model of a learner, or an ensemble of such models.</summary>
    /// <param name="folder">The folder that it was saved to.</param>
    /// <param name="learner">The learner.</param>
    /// <exception cref="UnusableDataException">The folder holds no such model.</exception>
    internal static IModel Load(string folder, ILearner learner)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return File.Exists(Path.Combine(folder, ForestModel.FileName)) ? ForestModel.Load(folder) : learner.Load(folder);
        var members = new List<IModel>();
        try
        {
            EnsembleState state = JsonSerializer.Deserialize(File.ReadAllText(path), ComparisonJsonContext.Default.EnsembleState)!;
            if (state.Version != Version) throw new JsonException($"Its version is {state.Version}, and {Version} is read.");
            if (state.Weights.Length == 0 || state.Classes < 2 || state.Weights.Any(w => !(w > 0 && double.IsFinite(w))))
                throw new JsonException("Members, classes or weights do not fit.");
            for (int i = 0; i < state.Weights.Length; i++) members.Add(Load(Path.Combine(folder, FolderOf(i)), learner));
            return new EnsembleModel(members, state.Weights, state.Classes, threads: 1);
        }
        catch (Exception wrong)
        {
            foreach (IModel member in members) member.Dispose();
            if (wrong is JsonException or IOException or NullReferenceException)
                throw new UnusableDataException($"This is no whole ensemble: {wrong.Message} Train it again.", path, innerException: wrong);
            throw;
        }
    }

    private static string FolderOf(int member) => string.Create(CultureInfo.InvariantCulture, $"member-{member + 1:0000}");
}

/// <summary>What is saved of an ensemble besides its members.</summary>
/// <param name="Version">The version of the format.</param>
/// <param name="Classes">K.</param>
/// <param name="Weights">A weight above 0 per member.</param>
internal sealed record EnsembleState(int Version, int Classes, double[] Weights);
