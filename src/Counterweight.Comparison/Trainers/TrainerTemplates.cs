namespace Counterweight.Comparison;

/// <summary>Training programs that run as they stand, to be changed into one's own, and the schema of the job file that they read.</summary>
public static class TrainerTemplates
{
    /// <summary>The templates by name, with the file that each is.</summary>
    private static readonly (string Name, string File)[] Files =
    [
        ("pytorch", "pytorch.py"), ("lightning", "lightning.py"), ("huggingface", "huggingface.py"), ("keras", "keras.py"), ("sklearn", "sklearn.py"),
        ("xgboost", "xgboost.py"), ("lightgbm", "lightgbm.py"), ("torchsharp", "torchsharp.cs"), ("mlnet", "mlnet.cs"), ("r", "r.R"),
    ];

    /// <summary>The names of the templates.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Files.Select(f => f.Name)];

    /// <summary>The JSON Schema of <c>job.json</c>, and under <c>$defs/result</c> that of <c>result.json</c>.</summary>
    public static string Schema => Read("job.schema.json");

    /// <summary>The text of a template.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="FormatException">There is no such template.</exception>
    public static string Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach ((string known, string file) in Files)
            if (known.Equals(name, StringComparison.OrdinalIgnoreCase)) return Read(file);
        throw new FormatException($"There is no template '{name}'. {NearestName.Hint(name, Names)}");
    }

    private static string Read(string file)
    {
        using Stream stream = typeof(TrainerTemplates).Assembly.GetManifestResourceStream($"Trainers/{file}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
