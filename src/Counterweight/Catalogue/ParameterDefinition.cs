using System.Globalization;

namespace Counterweight;

/// <summary>One named parameter of a method in a catalogue: its default, what it accepts and what it means.</summary>
public sealed record ParameterDefinition
{
    private ParameterDefinition(string name, string description) => (Name, Description) = (name, description);

    /// <summary>The name, as written in <c>method(name=value)</c>.</summary>
    public string Name { get; }

    /// <summary>What the parameter means, with its unit where it has one.</summary>
    public string Description { get; }

    /// <summary>The value when the user gives none; NaN when there is no default and the user must give one.</summary>
    public double Default { get; private init; }

    /// <summary>The smallest accepted value.</summary>
    public double Minimum { get; private init; } = double.NegativeInfinity;

    /// <summary>The largest accepted value.</summary>
    public double Maximum { get; private init; } = double.PositiveInfinity;

    /// <summary>Whether <see cref="Minimum"/> itself is refused.</summary>
    public bool MinimumExcluded { get; private init; }

    /// <summary>Whether <see cref="Maximum"/> itself is refused.</summary>
    public bool MaximumExcluded { get; private init; }

    /// <summary>Whether only whole numbers are accepted.</summary>
    public bool IsInteger { get; private init; }

    /// <summary>The accepted words, if the parameter is a choice; its value is then the index of the word.</summary>
    public IReadOnlyList<string> Choices { get; private init; } = [];

    /// <summary>Whether the parameter takes all values that follow, one per class; only the last parameter can.</summary>
    public bool IsList { get; private init; }

    /// <summary>Whether the canonical form leaves the parameter out while it has its default value: for options that most methods of a kind share.</summary>
    public bool UnsaidAtDefault { get; init; }

    /// <summary>The range that people usually search, <c>0.25..1.25</c>: what <c>*</c> stands for. Null for none.</summary>
    public string? UsualRange { get; init; }

    /// <summary>Whether the parameter is about the steps of a training, such as when something begins or how much of earlier batches is remembered: it means
    /// nothing to a learner that fits all rows at once.</summary>
    public bool NeedsSteps { get; init; }

    /// <summary>Whether the user must give a value.</summary>
    public bool IsRequired => double.IsNaN(Default) && !IsList;

    /// <summary>A real-valued parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="defaultValue">Its default; NaN if the user must give a value.</param>
    /// <param name="minimum">The smallest accepted value.</param>
    /// <param name="maximum">The largest accepted value.</param>
    /// <param name="description">What it means.</param>
    /// <param name="minimumExcluded">Whether the minimum itself is refused.</param>
    /// <param name="maximumExcluded">Whether the maximum itself is refused.</param>
    public static ParameterDefinition Number(
        string name, double defaultValue, double minimum, double maximum, string description, bool minimumExcluded = false, bool maximumExcluded = false) =>
        new(name, description)
        {
            Default = defaultValue,
            Minimum = minimum,
            Maximum = maximum,
            MinimumExcluded = minimumExcluded,
            MaximumExcluded = maximumExcluded,
        };

    /// <summary>A whole-numbered parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="defaultValue">Its default.</param>
    /// <param name="minimum">The smallest accepted value.</param>
    /// <param name="maximum">The largest accepted value.</param>
    /// <param name="description">What it means.</param>
    public static ParameterDefinition Integer(string name, long defaultValue, long minimum, long maximum, string description) =>
        new(name, description) { Default = defaultValue, Minimum = minimum, Maximum = maximum, IsInteger = true };

    /// <summary>A parameter that is one of a few words; the first is the default.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="choices">The accepted words.</param>
    /// <param name="description">What it means.</param>
    public static ParameterDefinition Choice(string name, IReadOnlyList<string> choices, string description) =>
        new(name, description) { Default = 0, Minimum = 0, Maximum = choices.Count - 1, IsInteger = true, Choices = choices };

    /// <summary>A list of numbers that takes all values given by position from here on: <c>costs(2, 1)</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="minimum">The smallest accepted value of an element.</param>
    /// <param name="maximum">The largest accepted value of an element.</param>
    /// <param name="description">What it means.</param>
    /// <param name="minimumExcluded">Whether the minimum itself is refused.</param>
    public static ParameterDefinition List(string name, double minimum, double maximum, string description, bool minimumExcluded = false) =>
        new(name, description) { Default = double.NaN, Minimum = minimum, Maximum = maximum, MinimumExcluded = minimumExcluded, IsList = true };

    /// <summary>Writes a value as a user would type it.</summary>
    /// <param name="value">The value.</param>
    public string Format(double value) =>
        Choices.Count > 0 ? Choices[(int)value] : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>What is accepted, in words: <c>a number in (0, 1)</c>.</summary>
    public string Accepted
    {
        get
        {
            if (Choices.Count > 0) return $"one of {string.Join(", ", Choices)}";
            string kind = IsInteger ? "a whole number" : "a number";
            bool low = !double.IsNegativeInfinity(Minimum), high = !double.IsPositiveInfinity(Maximum) && Maximum < int.MaxValue;
            string min = Minimum.ToString("R", CultureInfo.InvariantCulture), max = Maximum.ToString("R", CultureInfo.InvariantCulture);
            return (low, high) switch
            {
                (true, true) => $"{kind} in {(MinimumExcluded ? '(' : '[')}{min}, {max}{(MaximumExcluded ? ')' : ']')}",
                (true, false) => MinimumExcluded ? $"{kind} above {min}" : $"{kind} of {min} or more",
                (false, true) => MaximumExcluded ? $"{kind} below {max}" : $"{kind} of {max} or less",
                _ => kind,
            };
        }
    }

    /// <summary>Reads a value that a user typed and checks its range.</summary>
    /// <param name="text">What the user typed.</param>
    /// <param name="method">The method the parameter belongs to, for the message.</param>
    /// <exception cref="FormatException">The text is not an accepted value.</exception>
    public double Read(string text, string method)
    {
        for (int i = 0; i < Choices.Count; i++)
            if (string.Equals(Choices[i], text, StringComparison.OrdinalIgnoreCase)) return i;
        bool read = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && Choices.Count == 0;
        if (!read || !Accepts(value)) throw new FormatException($"{method}: parameter '{Name}' is {Accepted}; '{text}' is not.");
        return value;
    }

    /// <summary>Whether a value lies in the accepted range.</summary>
    /// <param name="value">The value.</param>
    public bool Accepts(double value) =>
        (MinimumExcluded ? value > Minimum : value >= Minimum)
        && (MaximumExcluded ? value < Maximum : value <= Maximum)
        && !(IsInteger && value != Math.Floor(value));
}
