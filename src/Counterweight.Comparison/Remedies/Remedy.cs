namespace Counterweight.Comparison;

/// <summary>Everything a candidate does about imbalance: one or more remedies joined with <c>+</c>.</summary>
/// <example>
/// <code>
/// Remedy remedy = Remedy.Parse("weights:power(0.5)+threshold:tuned");
/// string name = remedy.Name;   // weights:power(tau=0.5)+threshold:tuned
/// </code>
/// </example>
public sealed partial class Remedy : IEquatable<Remedy>
{
    private Remedy(IReadOnlyList<IRemedy> parts)
    {
        Parts = parts;
        Name = parts.Count == 0 ? "none" : string.Join('+', parts.Select(p => p.Name));
        IEnumerable<IRemedy> training = parts.Where(p => p.Family != RemedyFamily.Decision);
        TrainingName = training.Any() ? string.Join('+', training.Select(p => p.Name)) : "none";
    }

    /// <summary>Doing nothing: the baseline.</summary>
    public static Remedy None { get; } = new([]);

    /// <summary>The single remedies, ordered by family.</summary>
    public IReadOnlyList<IRemedy> Parts { get; }

    /// <summary>The canonical name.</summary>
    public string Name { get; }

    /// <summary>The name of the parts that change training: candidates that share it share their models.</summary>
    public string TrainingName { get; }

    /// <summary>The most involved family among the parts.</summary>
    public RemedyFamily Family => Parts.Count == 0 ? RemedyFamily.None : Parts.Max(p => p.Family);

    /// <summary>How involved the remedy is: the family first, then the number of parts. Of two that do equally well, the smaller is preferred.</summary>
    public int Complexity => ((int)Family * 16) + Parts.Count;

    /// <summary>Joins remedies.</summary>
    /// <param name="parts">The parts; none means doing nothing.</param>
    /// <exception cref="FormatException">Two parts change the same thing.</exception>
    public static Remedy Of(params IReadOnlyList<IRemedy> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0) return None;
        DecisionPart[] decisions = [.. parts.OfType<DecisionPart>()];
        if (decisions.Length > 1) parts = [.. parts.Except(decisions), DecisionPart.Chain(decisions)];
        foreach (IGrouping<RemedyFamily, IRemedy> same in parts.GroupBy(p => p.Family))
            if (same.Skip(1).FirstOrDefault() is IRemedy second)
                throw new FormatException($"'{same.First().Name}' and '{second.Name}' both change the {Noun(same.Key)}; take one of them.");
        return new Remedy([.. parts.OrderBy(p => p.Family == RemedyFamily.Decision ? int.MaxValue : (int)p.Family)]);
    }

    /// <summary>Reads a remedy: <c>none</c>, <c>weights:balanced</c>, <c>sampler:class-balanced+threshold:tuned</c>.</summary>
    /// <param name="text">What the user typed.</param>
    /// <exception cref="FormatException">A name is unknown (the message has the nearest), its parameters do not fit, or two parts change the same
    /// thing.</exception>
    public static Remedy Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = new List<IRemedy>();
        foreach (string part in Split(text, '+'))
        {
            if (part.Length == 0) throw new FormatException($"'{text}' has an empty part; write remedies as in 'weights:balanced+threshold:tuned'.");
            if (!part.Equals("none", StringComparison.OrdinalIgnoreCase)) parts.Add(Catalogue.Create(part));
        }

        return Of(parts);
    }

    /// <summary>Reads a list of remedies separated by commas outside brackets.</summary>
    /// <param name="text">What the user typed.</param>
    /// <exception cref="FormatException">As for <see cref="Parse"/>.</exception>
    public static IReadOnlyList<Remedy> ParseList(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Split(text, ',').Where(p => p.Length > 0).Select(Parse).Distinct()];
    }

    /// <summary>Reads a list in which remedies and spaces to search may stand side by side.</summary>
    /// <param name="texts">One remedy or space each.</param>
    /// <exception cref="FormatException">As for <see cref="Parse"/> and <see cref="RemedySpace.Parse"/>.</exception>
    public static (IReadOnlyList<Remedy> Remedies, IReadOnlyList<RemedySpace> Spaces) ParseAll(IEnumerable<string> texts)
    {
        string[] all = [.. texts];
        return ([.. all.Where(t => !RemedySpace.IsSpace(t)).Select(Parse).Distinct()],
            [.. all.Where(RemedySpace.IsSpace).Select(RemedySpace.Parse).Distinct()]);
    }

    /// <summary>The plan that the training parts ask for.</summary>
    /// <param name="plan">A plan with the counts of the training rows.</param>
    /// <exception cref="RemedyRefusedException">A part makes no sense for these classes.</exception>
    public TrainingPlan Apply(TrainingPlan plan)
    {
        foreach (IRemedy part in Parts)
            if (part.Family != RemedyFamily.Decision) plan = part.Apply(plan);
        return plan;
    }

    /// <inheritdoc/>
    public bool Equals(Remedy? other) => other is not null && Name == other.Name;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Remedy);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);

    /// <summary>The canonical name.</summary>
    public override string ToString() => Name;

    private static string Noun(RemedyFamily family) => family switch
    {
        RemedyFamily.Decision => "decision",
        RemedyFamily.Weights => "row weights",
        RemedyFamily.Sampler => "sampler",
        RemedyFamily.Loss => "loss",
        RemedyFamily.Resampling => "training rows",
        RemedyFamily.Ensemble => "ensemble",
        _ => "training",
    };

    /// <summary>Splits at a separator that stands outside brackets.</summary>
    internal static IEnumerable<string> Split(string text, char separator)
    {
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '(') depth++;
            else if (text[i] == ')') depth--;
            else if (text[i] == separator && depth == 0)
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
        }

        yield return text[start..].Trim();
    }
}
