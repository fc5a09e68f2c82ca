namespace Counterweight.Testing;

/// <summary>One thing that every method of a kind has to do, tried on one method.</summary>
/// <remarks>A test framework can list checks as cases of a test; <see cref="RunAll"/> runs them without one.</remarks>
public sealed class MethodCheck
{
    private readonly Action run;

    internal MethodCheck(string name, Action run) => (Name, this.run) = (name, run);

    /// <summary>What is asked for, in a sentence.</summary>
    public string Name { get; }

    /// <summary>Tries it.</summary>
    /// <exception cref="CheckFailedException">The method does not do it.</exception>
    public void Run()
    {
        try
        {
            run();
        }
        catch (Exception e) when (e is not CheckFailedException)
        {
            throw new CheckFailedException($"{Name}: the method threw {e.GetType().Name}: {e.Message}", e);
        }
    }

    /// <summary>Tries all of some checks.</summary>
    /// <param name="checks">The checks.</param>
    /// <exception cref="CheckFailedException">Some failed; the message has a line for each of them.</exception>
    public static void RunAll(IEnumerable<MethodCheck> checks)
    {
        ArgumentNullException.ThrowIfNull(checks);
        List<CheckFailedException> failures = [];
        foreach (MethodCheck check in checks)
        {
            try
            {
                check.Run();
            }
            catch (CheckFailedException e)
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0) throw new CheckFailedException(string.Join('\n', failures.Select(f => f.Message)), failures[0]);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
