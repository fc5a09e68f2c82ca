using System.Globalization;

namespace Counterweight;

/// <summary>What a threshold must keep to, whatever it is tuned for.</summary>
/// <example>
/// <code>
/// ThresholdConstraint[] both = [ThresholdConstraint.RecallAtLeast(0.8), ThresholdConstraint.Parse("alerts&lt;=50/10000")];
/// </code>
/// </example>
public sealed class ThresholdConstraint
{
    // Rounding of shares must not turn "at least 0.8" down at 4 of 5.
    private const double Slack = 1e-12;
    private readonly Func<BinaryCounts, double> measure;
    private readonly double limit;
    private readonly bool atLeast;

    private ThresholdConstraint(string text, string measured, Func<BinaryCounts, double> measure, double limit, bool atLeast) =>
        (Text, Measured, this.measure, this.limit, this.atLeast) = (text, measured, measure, limit, atLeast);

    /// <summary>The constraint as <see cref="Parse"/> reads it: <c>recall&gt;=0.8</c>.</summary>
    public string Text { get; }

    /// <summary>What is limited: <c>recall</c>.</summary>
    public string Measured { get; }

    /// <summary>At least this share of the positive rows is found.</summary>
    /// <param name="recall">A share in 0..1.</param>
    public static ThresholdConstraint RecallAtLeast(double recall) => Share("recall", recall, c => c.Recall);

    /// <summary>At least this share of the rows decided positive is positive.</summary>
    /// <param name="precision">A share in 0..1.</param>
    public static ThresholdConstraint PrecisionAtLeast(double precision) => Share("precision", precision, c => c.Precision);

    /// <summary>At least this share of the negative rows is left alone.</summary>
    /// <param name="specificity">A share in 0..1.</param>
    public static ThresholdConstraint SpecificityAtLeast(double specificity) => Share("specificity", specificity, c => c.Specificity);

    /// <summary>At most so many rows are decided positive among so many: 50 a day when 10,000 rows come in a day.</summary>
    /// <param name="alerts">The number of rows decided positive; zero or more.</param>
    /// <param name="perRows">Among how many rows; above zero.</param>
    public static ThresholdConstraint AlertsAtMost(double alerts, double perRows)
    {
        if (!(alerts >= 0) || !double.IsFinite(alerts)) throw new ArgumentOutOfRangeException(nameof(alerts), alerts, "The number of alerts is zero or more.");
        if (!(perRows > 0) || !double.IsFinite(perRows)) throw new ArgumentOutOfRangeException(nameof(perRows), perRows, "The number of rows is above zero.");
        return new(string.Create(CultureInfo.InvariantCulture, $"alerts<={alerts}/{perRows}"), "alerts", c => c.Total == 0 ? 0 : c.Alerts / c.Total * perRows,
            alerts, false);
    }

    /// <summary>Reads <c>recall&gt;=R</c>, <c>precision&gt;=P</c>, <c>specificity&gt;=S</c> or <c>alerts&lt;=B/ROWS</c>.</summary>
    /// <param name="text">What the user typed.</param>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static ThresholdConstraint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const string forms = "recall>=R, precision>=P, specificity>=S (shares in 0..1) or alerts<=B/ROWS (at most B alerts among ROWS rows)";
        string[] parts = text.Split(text.Contains("<=", StringComparison.Ordinal) ? "<=" : ">=", 2, StringSplitOptions.TrimEntries);
        string name = parts[0].ToUpperInvariant();
        try
        {
            if (parts.Length == 2 && name == "ALERTS" && text.Contains("<=", StringComparison.Ordinal)
                && parts[1].Split('/', StringSplitOptions.TrimEntries) is [string b, string rows])
                return AlertsAtMost(Number(b), Number(rows));
            if (parts.Length == 2 && text.Contains(">=", StringComparison.Ordinal))
            {
                double share = Number(parts[1]);
                switch (name)
                {
                    case "RECALL": return RecallAtLeast(share);
                    case "PRECISION": return PrecisionAtLeast(share);
                    case "SPECIFICITY": return SpecificityAtLeast(share);
                    default: break;
                }
            }
        }
        catch (Exception problem) when (problem is ArgumentException or FormatException)
        {
            throw new FormatException($"'{text}' is no constraint; it is {forms}.", problem);
        }

        throw new FormatException($"'{text}' is no constraint; it is {forms}.");
    }

    /// <summary>Whether a decision keeps to the constraint.</summary>
    /// <param name="counts">What it decided.</param>
    public bool IsMet(BinaryCounts counts) => atLeast ? measure(counts) >= limit - Slack : measure(counts) <= limit * (1 + Slack);

    /// <summary>The limited quantity of a decision: its recall, its alerts per so many rows.</summary>
    /// <param name="counts">What it decided.</param>
    public double Measure(BinaryCounts counts) => measure(counts);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Whether the quantity must be at least the limit, not at most.</summary>
    internal bool IsLowerLimit => atLeast;

    /// <summary>The quantity with its sign turned so that more is nearer to the limit.</summary>
    internal double Towards(BinaryCounts counts) => atLeast ? measure(counts) : -measure(counts);

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static ThresholdConstraint Share(string name, double value, Func<BinaryCounts, double> measure)
    {
        if (!(value is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(name, value, $"The {name} is a share in 0..1.");
        return new(string.Create(CultureInfo.InvariantCulture, $"{name}>={value}"), name, measure, value, true);
    }
}
