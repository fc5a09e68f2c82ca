namespace Counterweight.Comparison;

/// <summary>A method of a catalogue with the thing that it made, for a <see cref="TrainingPlan"/>.</summary>
/// <typeparam name="T">What was made: a sampler factory, a resampler, an ensemble.</typeparam>
/// <param name="Call">The method with its parameters.</param>
/// <param name="Value">What it made.</param>
public sealed record Planned<T>(MethodCall Call, T Value)
{
    /// <summary>The canonical name in its own catalogue: <c>smote(k=5)</c>.</summary>
    public string Name => Call.ToString();

    /// <summary>The canonical name.</summary>
    public override string ToString() => Name;
}
