using System.Collections;

namespace Counterweight;

/// <summary>
/// The one list of a kind of method (weight schemes, samplers, resamplers, losses, metrics): what the command line accepts,
/// what the tables of the documentation show and what the tests run over.
/// </summary>
/// <typeparam name="T">What an entry makes: a weight scheme, a resampler, ...</typeparam>
/// <remarks>Adding a method means one file for it and one line in its catalogue.</remarks>
/// <example>
/// <code>
/// WeightScheme scheme = WeightScheme.Catalogue.Create("power(0.5)");
/// </code>
/// </example>
public sealed class Catalogue<T> : IEnumerable<MethodDefinition>
{
    private readonly Dictionary<string, (MethodDefinition Method, Func<MethodCall, T> Create)> entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<MethodDefinition> order = [];

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
        if (!entries.TryAdd(method.Name, (method, create)))
            throw new ArgumentException($"The {Kind} '{method.Name}' is in the catalogue already.", nameof(method));
        order.Add(method);
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
        string name = open < 0 ? trimmed : trimmed[..open].Trim();
        if (!entries.TryGetValue(name, out var entry))
            throw new FormatException($"There is no {Kind} '{name}'. {NearestName.Hint(name, order.Select(m => m.Name))}");
        return entry.Method.Read(open < 0 ? "" : trimmed[(open + 1)..^1]);
    }

    /// <summary>Whether a method of this name is in the catalogue.</summary>
    /// <param name="name">The name without parameters.</param>
    public bool Contains(string name) => entries.ContainsKey(name);

    /// <summary>Makes the thing that a text names.</summary>
    /// <param name="text">What the user typed.</param>
    /// <exception cref="FormatException">The text names no method or its parameters do not fit.</exception>
    public T Create(string text) => Create(Parse(text));

    /// <summary>Makes the thing that a call describes.</summary>
    /// <param name="call">A call of a method in this catalogue.</param>
    public T Create(MethodCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return entries[call.Method.Name].Create(call);
    }

    /// <summary>The methods, in the order in which they were added.</summary>
    public IEnumerator<MethodDefinition> GetEnumerator() => order.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
