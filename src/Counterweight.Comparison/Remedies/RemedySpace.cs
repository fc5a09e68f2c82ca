namespace Counterweight.Comparison;

/// <summary>A remedy whose parameters are searched: <c>weights:power(tau=0.25..1)</c>, <c>resample:smote(k=3|5|9)</c>, <c>loss:focal(gamma=*)</c>.</summary>
/// <remarks>
/// <para>A value is a range <c>low..high</c>, a list <c>a|b|c</c>, or <c>*</c> for the usual range of the parameter (<see cref="UsualRanges"/>). One range
/// becomes an even grid that holds both ends: even in the logarithm where high is at least 20 times low, and even in log(1 - x) for parameters below 1 such as
/// beta. Lists alone become all their combinations. Several ranges, or ranges and lists, become points of the Halton sequence (Halton, 1960, "On the
/// efficiency of certain quasi-random sequences"), which fill the space evenly whatever their number.</para>
/// </remarks>
/// <example>
/// <code>
/// RemedySpace space = RemedySpace.Parse("weights:power(tau=0.25..1)+threshold:tuned");
/// IReadOnlyList&lt;Remedy&gt; tried = space.Configurations(4);   // tau = 0.25, 0.5, 0.75, 1
/// </code>
/// </example>
public sealed class RemedySpace : IEquatable<RemedySpace>
{
    private const int MostCombinations = 729;
    private const int SignificantDigits = 4;
    private const double LogarithmicFrom = 20;

    private readonly Part[] parts;
    private readonly Axis[] axes;

    private RemedySpace(Part[] parts)
    {
        this.parts = parts;
        axes = [.. parts.SelectMany(p => p.Arguments).Select(a => a.Axis).OfType<Axis>()];
        Name = string.Join('+', parts.Select(p => p.ToString()));
    }

    /// <summary>The canonical name, every parameter named.</summary>
    public string Name { get; }

    /// <summary>What <c>*</c> stands for: the range of each parameter that people usually search, by method and parameter.</summary>
    public static IReadOnlyDictionary<(string Method, string Parameter), string> UsualRanges =>
        Remedy.Catalogue.SelectMany(m => m.Parameters.Where(p => p.UsualRange is not null).Select(p => ((m.Name, p.Name), p.UsualRange!)))
            .ToDictionary(r => r.Item1, r => r.Item2);

    /// <summary>Whether a text asks for a search rather than naming one remedy.</summary>
    /// <param name="text">What the user typed.</param>
    public static bool IsSpace(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int open = text.IndexOf('(', StringComparison.Ordinal);
        return open >= 0 && text.AsSpan(open) is var inside
            && (inside.Contains("..", StringComparison.Ordinal) || inside.Contains('|') || inside.Contains('*'));
    }

    /// <summary>Reads a space.</summary>
    /// <param name="text">What the user typed.</param>
    /// <exception cref="FormatException">A name is unknown, a range or list does not fit its parameter, or nothing is to be searched.</exception>
    public static RemedySpace Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var space = new RemedySpace([.. Remedy.Split(text, '+').Select(ReadPart)]);
        if (space.axes.Length == 0)
            throw new FormatException($"'{text}' leaves nothing to search; write a range as in weights:power(tau=0.25..1), or a list as in "
                + $"resample:smote(k=3|5|9).");
        if (space.Combinations > MostCombinations)
            throw new FormatException($"'{text}' has {space.Combinations} combinations; {MostCombinations} are the most.");
        space.Configurations(2);
        return space;
    }

    /// <summary>The remedies to try, in a fixed order, no two alike.</summary>
    /// <param name="size">How many for one range; three times as many for several ranges, or ranges with lists. Lists alone give all their
    /// combinations.</param>
    public IReadOnlyList<Remedy> Configurations(int size = 9)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 2);
        IEnumerable<double[]> points;
        if (axes.All(a => a.Values.Length > 0)) points = Product();
        else if (axes is [Axis single]) points = Enumerable.Range(0, size).Select(i => (double[])[single.At((double)i / (size - 1))]);
        else points = Enumerable.Range(1, 3 * size).Select(i => (double[])[.. axes.Select((axis, d) => axis.At(Halton(i, d)))]);
        return [.. points.Select(At).Distinct()];
    }

    /// <inheritdoc/>
    public bool Equals(RemedySpace? other) => other is not null && Name == other.Name;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RemedySpace);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);

    /// <summary>The canonical name.</summary>
    public override string ToString() => Name;

    private long Combinations => axes.Where(a => a.Values.Length > 0).Aggregate(1L, (n, a) => Math.Min(n * a.Values.Length, int.MaxValue));

    private IEnumerable<double[]> Product()
    {
        long all = Combinations;
        for (long i = 0; i < all; i++)
        {
            double[] point = new double[axes.Length];
            long rest = i;
            for (int a = axes.Length - 1; a >= 0; a--) (rest, point[a]) = (rest / axes[a].Values.Length, axes[a].Values[rest % axes[a].Values.Length]);
            yield return point;
        }
    }

    private Remedy At(double[] point)
    {
        int next = 0;
        IRemedy[] made = [.. parts.Select(p => Remedy.Catalogue.Create(p.At(() => point[next++])))];
        return Remedy.Of([.. made.Where(m => m.Family != RemedyFamily.None)]);
    }

    /// <summary>The i-th point of the van der Corput sequence in the d-th prime base.</summary>
    private static double Halton(int i, int dimension)
    {
        ReadOnlySpan<int> primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29];
        int radix = primes[dimension % primes.Length];
        double value = 0, digit = 1.0 / radix;
        for (; i > 0; i /= radix, digit /= radix) value += digit * (i % radix);
        return value;
    }

    private static Part ReadPart(string text)
    {
        int open = text.IndexOf('(', StringComparison.Ordinal);
        MethodDefinition method = Remedy.Catalogue.MethodOf(text) ?? Remedy.Catalogue.Parse(open < 0 ? text : text[..open]).Method;
        if (open < 0) return new Part(method, [], []);
        if (!text.EndsWith(')')) throw new FormatException($"'{text}' opens a bracket that it does not close.");
        var arguments = new List<Argument>();
        var list = new List<double>();
        foreach (string given in text[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = given.IndexOf('=', StringComparison.Ordinal);
            string value = given[(equals + 1)..].Trim();
            ParameterDefinition? parameter = equals < 0
                ? method.Parameters.ElementAtOrDefault(arguments.Count)
                : method.Parameters.FirstOrDefault(p => p.Name.Equals(given[..equals].Trim(), StringComparison.OrdinalIgnoreCase));
            if (parameter is null) throw new FormatException($"{method.Name}: '{given}' fits no parameter; it takes {method.Signature}.");
            if (arguments.Any(a => a.Parameter == parameter)) throw new FormatException($"{method.Name}: parameter '{parameter.Name}' is given twice.");
            Axis? axis = ReadAxis(method, parameter, value);
            if (parameter.IsList) list.Add(parameter.Read(value, method.Name));
            else arguments.Add(new Argument(parameter, axis is null ? parameter.Read(value, method.Name) : 0, axis));
        }

        return new Part(method, arguments, list);
    }

    private static Axis? ReadAxis(MethodDefinition method, ParameterDefinition parameter, string value)
    {
        if (value == "*")
            value = parameter.UsualRange is string usual
                ? usual
                : parameter.Choices.Count > 0 ? string.Join('|', parameter.Choices)
                : throw new FormatException($"{method.Name}: there is no usual range of '{parameter.Name}'; write one as in {parameter.Name}=1..5.");
        bool isList = value.Contains('|', StringComparison.Ordinal);
        int dots = value.IndexOf("..", StringComparison.Ordinal);
        if (parameter.IsList && (isList || dots >= 0))
            throw new FormatException($"{method.Name}: '{parameter.Name}' is a list of values, one per class; it has no range.");
        if (isList)
            return new Axis(parameter, 0, 0, [.. value.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(v => parameter.Read(v, method.Name))]);
        if (dots < 0) return null;
        if (parameter.Choices.Count > 0)
            throw new FormatException($"{method.Name}: '{parameter.Name}' is {parameter.Accepted}; list the words to try, as in "
                + $"{string.Join('|', parameter.Choices.Take(2))}.");
        double low = parameter.Read(value[..dots].Trim(), method.Name), high = parameter.Read(value[(dots + 2)..].Trim(), method.Name);
        return low < high ? new Axis(parameter, low, high, [])
            : throw new FormatException($"{method.Name}: the range {value} of '{parameter.Name}' is empty; its first value is the smaller one.");
    }

    /// <summary>A parameter that is searched: a list of values, or a range.</summary>
    private sealed record Axis(ParameterDefinition Parameter, double Low, double High, double[] Values)
    {
        /// <summary>The value at a place in 0..1, with four significant digits.</summary>
        internal double At(double share)
        {
            if (Values.Length > 0) return Values[Math.Min(Values.Length - 1, (int)(share * Values.Length))];
            if (share <= 0) return Low;
            if (share >= 1) return High;
            if (Parameter is { Maximum: 1, MaximumExcluded: true } && (1 - Low) / (1 - High) >= LogarithmicFrom)
                return (double)(1 - Rounded((1 - Low) * Math.Pow((1 - High) / (1 - Low), share)));
            double value = Low > 0 && High / Low >= LogarithmicFrom ? Low * Math.Pow(High / Low, share) : Low + (share * (High - Low));
            return Parameter.IsInteger ? Math.Round(value) : (double)Rounded(value);
        }

        public override string ToString() => Values.Length > 0 ? string.Join('|', Values.Select(Parameter.Format))
            : $"{Parameter.Format(Low)}..{Parameter.Format(High)}";

        /// <summary>Four significant digits, in decimal numbers, so that the double is the one that these digits name.</summary>
        private static decimal Rounded(double value)
        {
            if (value == 0) return 0;
            int places = SignificantDigits - 1 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
            if (places >= 0) return Math.Round((decimal)value, Math.Min(places, 28), MidpointRounding.AwayFromZero);
            decimal unit = 1;
            for (int i = 0; i < -places; i++) unit *= 10;
            return Math.Round((decimal)value / unit, MidpointRounding.AwayFromZero) * unit;
        }
    }

    /// <summary>A parameter with its one value, or with the values to search.</summary>
    private sealed record Argument(ParameterDefinition Parameter, double Value, Axis? Axis);

    /// <summary>A single remedy of the space.</summary>
    private sealed record Part(MethodDefinition Method, IReadOnlyList<Argument> Arguments, IReadOnlyList<double> List)
    {
        /// <summary>The call at a point of the space, which gives a value for each searched parameter in turn.</summary>
        internal MethodCall At(Func<double> next)
        {
            MethodCall call = Method.Call([.. Arguments.Select(a => (a.Parameter.Name, a.Axis is null ? a.Value : next()))]);
            return List.Count == 0 ? call : call.With(List);
        }

        public override string ToString()
        {
            IEnumerable<string> stated =
            [
                .. Arguments.Select(a => $"{a.Parameter.Name}={a.Axis?.ToString() ?? a.Parameter.Format(a.Value)}"),
                .. List.Select(v => Method.Parameters[^1].Format(v)),
            ];
            return stated.Any() ? $"{Method.Name}({string.Join(", ", stated)})" : Method.Name;
        }
    }
}
