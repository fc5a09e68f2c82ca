namespace Counterweight.Comparison;

/// <summary>Thrown when a remedy makes no sense for the data or the learner; the message is the reason.</summary>
public sealed class RemedyRefusedException : Exception
{
    /// <summary>Creates an exception without a reason.</summary>
    public RemedyRefusedException() { }

    /// <summary>Creates an exception with the reason.</summary>
    /// <param name="message">Why the remedy makes no sense here.</param>
    public RemedyRefusedException(string message) : base(message) { }

    /// <summary>Creates an exception with the reason and its cause.</summary>
    /// <param name="message">Why the remedy makes no sense here.</param>
    /// <param name="innerException">The cause.</param>
    public RemedyRefusedException(string message, Exception innerException) : base(message, innerException) { }
}
