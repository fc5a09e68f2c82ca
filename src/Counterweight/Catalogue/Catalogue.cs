using System.Collections;
using System.Collections.Concurrent;

namespace Counterweight;

/// <summary>
/// The one list of a kind of method (weight schemes, samplers, resamplers, losses, metrics): what the command line accepts,
/// what the tables of the documentation show and what the tests run over.
/// </summary>
/// <typeparam name="T">What an entry makes: a weight scheme, a resampler, ...</typeparam>
/// <remarks>Adding a method means one file for it and one line in its catalogue. A catalogue may be read by many threads while a method is added.</remarks>
/// <example>
/// <code>
/// WeightScheme scheme = WeightScheme.Catalogue.Create("power(0.5)");
/// </code>
/// </example>
public sealed class Catalogue<T> : IEnumerable<MethodDefinition>
{
    private readonly ConcurrentDictionary<string, Entry> entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentQueue<Func<IEnumerable<MethodDefinition>>> order = [];
    private readonly ConcurrentQueue<Func<string, Entry?>> included = [];

    /// <summary>Creates an empty catalogue.</summary>
    /// <param name="kind">What the entries are, for messages: "weight scheme".</param>
    public Catalogue(string kind) => Kind = kind;

    /// <summary>What the entries are: "weight scheme".</summary>
    public string Kind { get; }

    /// <summary>Adds a method. Meant for collection initialisers and for users who extend a catalogue.</summary>
    /// <param name="method">Its definition.</param>
    /// <param name="create">Makes the thing from a call.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Add(MethodDefinition method, Func<MethodCall, T> create)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(create);
        if (Contains(method.Name) || !entries.TryAdd(method.Name, new(method, create)))
            throw new ArgumentException($"The {Kind} '{method.Name}' is in the catalogue already.", nameof(method));
        order.Enqueue(() => [method]);
    }

    /// <summary>Makes every method of another catalogue one of this, under a prefix: those that it has, and those that are added to it later.</summary>
    /// <typeparam name="TOther">What an entry of the other catalogue makes.</typeparam>
    /// <param name="prefix">What the names begin with here: <c>weights:</c>.</param>
    /// <param name="other">The other catalogue; it is read whenever this one is.</param>
    /// <param name="create">Makes the thing from the call here, and the same call of the method there.</param>
    /// <param name="except">Methods of the other catalogue that are not taken over; null for none.</param>
    public void Include<TOther>(
        string prefix, Catalogue<TOther> other, Func<MethodCall, MethodCall, T> create, Func<MethodDefinition, bool>? except = null)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(create);
        order.Enqueue(() => other.Where(m => except?.Invoke(m) != true).Select(m => m with { Name = prefix + m.Name }));
        included.Enqueue(name => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && other.Find(name[prefix.Length..]) is { } found
            && except?.Invoke(found) != true
            ? new Entry(found with { Name = prefix + found.Name }, call => create(call, call.Of(found))) : null);
    }

    /// <summary>The method of a name, without regard to case; null if there is none.</summary>
    /// <param name="name">The name without parameters.</param>
    public MethodDefinition? Find(string name) => EntryOf(name)?.Method;

    /// <summary>The method that a text names, whether its parameters fit or not; null if there is none.</summary>
    /// <param name="text">What the user typed: <c>name</c> or <c>name(value, parameter=value)</c>.</param>
    public MethodDefinition? MethodOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Find(NameIn(text));
    }

    /// <summary>Reads <c>name</c> or <c>name(value, parameter=value)</c>.</summary>
    /// <param name="text">What the user typed.</param>
    /// <exception cref="FormatException">The name is unknown (the message has the nearest) or the parameters do not fit.</exception>
    public MethodCall Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.Trim();
        int open = trimmed.IndexOf('(', StringComparison.Ordinal);
        if (open >= 0 && !trimmed.EndsWith(')'))
            throw new FormatException($"'{text}' opens a bracket that it does not close.");
        string name = NameIn(trimmed);
        MethodDefinition method = Find(name)
            ?? throw new FormatException($"There is no {Kind} '{name}'. {NearestName.Hint(name, this.Select(m => m.Name))}");
        return method.Read(open < 0 ? "" : trimmed[(open + 1)..^1]);
    }

    /// <summary>Whether a method of this name is in the catalogue.</summary>
    /// <param name="name">The name without parameters.</param>
    public bool Contains(string name) => EntryOf(name) is not null;

    /// <summary>Makes the thing that a text names.</summary>
    /// <param name="text">What the user typed.</param>
    /// <exception cref="FormatException">The text names no method or its parameters do not fit.</exception>
    public T Create(string text) => Create(Parse(text));

    /// <summary>Makes the thing that a call describes.</summary>
    /// <param name="call">A call of a method in this catalogue.</param>
    public T Create(MethodCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return EntryOf(call.Method.Name) is { } entry ? entry.Create(call)
            : throw new ArgumentException($"There is no {Kind} '{call.Method.Name}'. {NearestName.Hint(call.Method.Name, this.Select(m => m.Name))}",
                nameof(call));
    }

    /// <summary>The methods, in the order in which they were added.</summary>
    public IEnumerator<MethodDefinition> GetEnumerator() => order.SelectMany(part => part()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string NameIn(string text) => text.IndexOf('(', StringComparison.Ordinal) is >= 0 and int open ? text[..open].Trim() : text.Trim();

    private Entry? EntryOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return entries.TryGetValue(name, out Entry? own) ? own : included.Select(find => find(name)).FirstOrDefault(found => found is not null);
    }

    private sealed record Entry(MethodDefinition Method, Func<MethodCall, T> Create);
}
