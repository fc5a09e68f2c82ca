namespace Counterweight.Comparison;

/// <summary>A training program did not do its part: it cannot be started, failed, or gave back scores that cannot be used.</summary>
public sealed class TrainerException : Exception
{
    /// <summary>Creates an exception without a message.</summary>
    public TrainerException() : this("A training program failed.") { }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">What went wrong, where, and what to do.</param>
    public TrainerException(string message) : base(message) { }

    /// <summary>Creates an exception with its cause.</summary>
    /// <param name="message">What went wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public TrainerException(string message, Exception? innerException) : base(message, innerException) { }
}
