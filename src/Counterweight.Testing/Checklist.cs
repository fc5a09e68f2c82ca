using System.Globalization;

namespace Counterweight.Testing;

/// <summary>Puts checks together, with the comparisons that they need.</summary>
internal sealed class Checklist
{
    private readonly List<MethodCheck> checks = [];

    /// <summary>The checks so far.</summary>
    public IReadOnlyList<MethodCheck> All => checks;

    /// <summary>Adds a check.</summary>
    public void Add(string name, Action<Verdict> run) => checks.Add(new(name, () => run(new(name))));
}

/// <summary>What a check says when it fails.</summary>
internal readonly struct Verdict(string check)
{
    public void Ask(bool holds, string found)
    {
        if (!holds) throw new CheckFailedException($"{check}: {found}");
    }

    public void Same<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> found, string what) where T : IEquatable<T>
    {
        Ask(expected.Length == found.Length, string.Create(CultureInfo.InvariantCulture, $"{what}: {expected.Length} values before, {found.Length} now."));
        for (int i = 0; i < expected.Length; i++)
            if (!expected[i].Equals(found[i]))
                throw new CheckFailedException(
                    string.Create(CultureInfo.InvariantCulture, $"{check}: {what}: at {i} it is {found[i]} instead of {expected[i]}."));
    }

    /// <summary>Asks for an exception of a type (or one derived from it), with a message that says something.</summary>
    public TException Throws<TException>(Action act, string what) where TException : Exception
    {
        try
        {
            act();
        }
        catch (TException e)
        {
            Ask(e.Message.Length > 20, $"{what} is refused with the message '{e.Message}', which does not say what is wrong and what would be right.");
            return e;
        }
        catch (Exception e)
        {
            throw new CheckFailedException($"{check}: {what} should give {typeof(TException).Name}, and gave {e.GetType().Name}: {e.Message}", e);
        }

        throw new CheckFailedException($"{check}: {what} should give {typeof(TException).Name}, and was accepted.");
    }

    /// <summary>Whether data are accepted; if not, they have to be refused by name.</summary>
    public bool Accepts(Action act, string what)
    {
        try
        {
            act();
            return true;
        }
        catch (Exception e) when (e is UnusableDataException or ArgumentException)
        {
            Ask(e.Message.Length > 20, $"{what} is refused with the message '{e.Message}', which does not say what is wrong and what would be right.");
            return false;
        }
    }
}
