using System.Text;

namespace Counterweight;

/// <summary>A method in a catalogue: its stable name, what it does, where it was published, and its parameters.</summary>
/// <param name="Name">The stable name, in lower case with hyphens: <c>effective-number</c>.</param>
/// <param name="Summary">What it does, in one sentence.</param>
/// <param name="Source">Authors, year and title or equation.</param>
/// <param name="Parameters">The parameters in the order in which they may be given by position.</param>
public sealed record MethodDefinition(string Name, string Summary, string Source, IReadOnlyList<ParameterDefinition> Parameters)
{
    /// <summary>The name with its parameters and their defaults: <c>power(tau=0.5)</c>.</summary>
    public string Signature => Parameters.Count == 0
        ? Name
        : $"{Name}({string.Join(", ", Parameters.Select(p => p.IsList ? $"{p.Name}..." : p.IsRequired ? p.Name : $"{p.Name}={p.Format(p.Default)}"))})";

    /// <summary>Whether it evens out classes of different sizes: it weighs, draws, shifts or measures them apart. What has equal classes already needs no
    /// more of it.</summary>
    public bool TreatsCounts { get; init; }

    /// <summary>Which class shares training with it leaves in a model's probabilities, for a call and the counts of the training rows; null if that is not
    /// said. See <see cref="MethodCall.PriorAfter"/>.</summary>
    public Func<MethodCall, ClassCounts, PriorEffect>? Prior { get; init; }

    /// <summary>Whether it is fitted to probabilities of rows that the model has not seen.</summary>
    public bool NeedsTuning { get; init; }

    /// <summary>Whether what it does follows from the class shares that the model believes in, so that these have to be known.</summary>
    public bool ReadsPrior { get; init; }

    /// <summary>Whether it measures distances between rows, so that the scales of the columns matter.</summary>
    public bool UsesDistances { get; init; }

    /// <summary>Whether it is about the user's costs of errors, and takes those of the comparison where its call states none.</summary>
    public bool NeedsCosts { get; init; }

    /// <summary>Builds a call of this method from values given by name.</summary>
    /// <param name="values">Values for some or all parameters.</param>
    /// <exception cref="ArgumentException">A name is unknown, a required parameter is missing, or a value is out of range.</exception>
    public MethodCall Call(params ReadOnlySpan<(string Name, double Value)> values)
    {
        double[] all = [.. Parameters.Select(p => p.Default)];
        foreach ((string name, double value) in values)
        {
            int index = IndexOf(name);
            if (index < 0) throw new ArgumentException($"{Name} has no parameter '{name}'; it takes {Signature}.", nameof(values));
            ParameterDefinition parameter = Parameters[index];
            if (!parameter.Accepts(value))
                throw new ArgumentException($"{Name}: parameter '{name}' is {parameter.Accepted}; {parameter.Format(value)} is not.", nameof(values));
            all[index] = value;
        }

        return Complete(all);
    }

    /// <summary>Reads the text between the brackets of <c>name(...)</c>: values by position, then by name.</summary>
    /// <param name="arguments">The text between the brackets, possibly empty.</param>
    /// <exception cref="FormatException">The text does not fit the parameters.</exception>
    internal MethodCall Read(string arguments)
    {
        double[] all = [.. Parameters.Select(p => p.Default)];
        bool[] given = new bool[all.Length];
        string[] parts = arguments.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var rest = new List<double>();
        bool named = false;
        for (int i = 0; i < parts.Length; i++)
        {
            int equals = parts[i].IndexOf('=', StringComparison.Ordinal);
            named |= equals >= 0;
            if (named && equals < 0)
                throw new FormatException($"{Name}: '{parts[i]}' follows a named parameter, so it needs a name too; it takes {Signature}.");
            if (i >= all.Length - 1 && equals < 0 && Parameters is [.., { IsList: true } list])
            {
                rest.Add(list.Read(parts[i], Name));
                continue;
            }

            int index = equals < 0 ? i : IndexOf(parts[i][..equals].Trim());
            if (index < 0 || index >= all.Length)
                throw new FormatException(
                    Parameters.Count == 0 ? $"{Name} takes no parameters." : $"{Name}: '{parts[i]}' fits no parameter; it takes {Signature}.");
            if (given[index]) throw new FormatException($"{Name}: parameter '{Parameters[index].Name}' is given twice.");
            given[index] = true;
            all[index] = Parameters[index].Read(parts[i][(equals + 1)..].Trim(), Name);
        }

        return Complete(all, rest);
    }

    /// <summary>The place of a parameter; -1 if there is none of this name.</summary>
    internal int PlaceOf(string name) => IndexOf(name);

    private MethodCall Complete(double[] values, List<double>? rest = null)
    {
        for (int i = 0; i < values.Length; i++)
            if (double.IsNaN(values[i]) && Parameters[i].IsRequired)
                throw new FormatException($"{Name} needs a value for '{Parameters[i].Name}', {Parameters[i].Accepted}: {Parameters[i].Description}");
        return new MethodCall(this, values, rest is null ? [] : [.. rest]);
    }

    private int IndexOf(string name)
    {
        for (int i = 0; i < Parameters.Count; i++)
            if (string.Equals(Parameters[i].Name, name, StringComparison.OrdinalIgnoreCase)) return i;
        return -1;
    }
}

/// <summary>A method with a value for each of its parameters; its text is canonical and reads back.</summary>
public sealed class MethodCall : IEquatable<MethodCall>
{
    private readonly double[] values;
    private readonly double[] list;

    internal MethodCall(MethodDefinition method, double[] values, double[] list) => (Method, this.values, this.list) = (method, values, list);

    /// <summary>The method.</summary>
    public MethodDefinition Method { get; }

    /// <summary>The value of a parameter; the index of the word where the parameter is a choice.</summary>
    /// <param name="parameter">The name of the parameter.</param>
    public double this[string parameter]
    {
        get
        {
            for (int i = 0; i < values.Length; i++)
                if (Method.Parameters[i].Name == parameter) return values[i];
            throw new ArgumentException($"{Method.Name} has no parameter '{parameter}'.", nameof(parameter));
        }
    }

    /// <summary>The values of the parameter that is a list; empty if none were given.</summary>
    public IReadOnlyList<double> List => list;

    /// <summary>The value of a whole-numbered parameter.</summary>
    /// <param name="parameter">The name of the parameter.</param>
    public int Integer(string parameter) => checked((int)this[parameter]);

    /// <summary>The chosen word of a parameter that is a choice.</summary>
    /// <param name="parameter">The name of the parameter.</param>
    public string Choice(string parameter) => Method.Parameters.Single(p => p.Name == parameter).Choices[Integer(parameter)];

    /// <summary>Which class shares training with this leaves in a model's probabilities.</summary>
    /// <param name="counts">The counts of the training rows.</param>
    public PriorEffect PriorAfter(ClassCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return Method.Prior?.Invoke(this, counts) ?? PriorEffect.Unknown($"the definition of {Method.Name} does not say what it does to them");
    }

    /// <summary>The same call with other values of the parameter that is a list.</summary>
    /// <param name="list">The values.</param>
    /// <exception cref="ArgumentException">The method has no such parameter, or it does not accept a value.</exception>
    public MethodCall With(IReadOnlyList<double> list)
    {
        ArgumentNullException.ThrowIfNull(list);
        if (Method.Parameters is not [.., { IsList: true } parameter]) throw new ArgumentException($"{Method.Name} takes no list of values.", nameof(list));
        foreach (double value in list)
            if (!parameter.Accepts(value))
                throw new ArgumentException($"{Method.Name}: parameter '{parameter.Name}' is {parameter.Accepted}; {parameter.Format(value)} is not.",
                    nameof(list));
        return new(Method, values, [.. list]);
    }

    /// <summary>The call of another method with the same values, by the names of the parameters.</summary>
    /// <param name="method">The method, such as the form of a loss for another kind of learner; parameters that this call lacks have their defaults.</param>
    /// <exception cref="ArgumentException">A value that is no default fits no parameter of the method.</exception>
    public MethodCall Of(MethodDefinition method)
    {
        ArgumentNullException.ThrowIfNull(method);
        double[] taken = [.. method.Parameters.Select(p => p.Default)];
        for (int i = 0; i < values.Length; i++)
        {
            ParameterDefinition own = Method.Parameters[i];
            int place = method.PlaceOf(own.Name);
            if (own.IsList ? list.Length == 0 : place < 0 && values[i].Equals(own.Default)) continue;
            if (place < 0)
                throw new ArgumentException($"{method.Name} has no parameter '{own.Name}', and {own.Format(values[i])} is asked for; it takes "
                    + $"{method.Signature}.", nameof(method));
            if (!own.IsList && !method.Parameters[place].Accepts(values[i]))
                throw new ArgumentException($"{method.Name}: parameter '{own.Name}' is {method.Parameters[place].Accepted}; {own.Format(values[i])} is not.",
                    nameof(method));
            taken[place] = values[i];
        }

        return new(method, taken, list);
    }

    /// <summary>The parameters that do not have their default value.</summary>
    public IEnumerable<ParameterDefinition> Stated => Method.Parameters.Where((p, i) => !p.IsList && !values[i].Equals(p.Default));

    /// <summary>The canonical form: <c>power(tau=0.5)</c>. A single parameter is named too, so that a table explains itself.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int i = 0; i < values.Length; i++)
            if (!Method.Parameters[i].IsList && !(Method.Parameters[i].UnsaidAtDefault && values[i] == Method.Parameters[i].Default))
                text.Append(text.Length == 0 ? "" : ", ").Append(Method.Parameters[i].Name).Append('=').Append(Method.Parameters[i].Format(values[i]));
        foreach (double value in list)
            text.Append(text.Length == 0 ? "" : ", ").Append(Method.Parameters[^1].Format(value));
        return text.Length == 0 ? Method.Name : $"{Method.Name}({text})";
    }

    /// <inheritdoc/>
    public bool Equals(MethodCall? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MethodCall);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());
}
