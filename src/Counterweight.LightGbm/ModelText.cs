using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Counterweight.LightGbm;

/// <summary>LightGBM's text model: written, completed with what LightGBM does not know, and checked before the native library reads it.</summary>
/// <remarks>
/// The native reader trusts a model: a child that points outside its tree, or an objective with more classes than there are trees, would make it read or write
/// memory that is not its own. So every number that is used as an index is checked here first.
/// </remarks>
internal sealed unsafe class ModelText
{
    private const string SectionStart = "counterweight:", SectionEnd = "end of counterweight";
    private readonly string text;
    private readonly string? file;
    private readonly Dictionary<string, string> header = new(StringComparer.Ordinal);
    private int line;

    private ModelText(string text, string? file) => (this.text, this.file) = (text, file);

    internal int Outputs { get; private set; }

    internal int Trees { get; private set; }

    internal string[] Columns { get; private set; } = [];

    internal BoostingLink Link { get; private set; }

    internal string Objective { get; private set; } = "";

    /// <summary>What a score is multiplied by in a sigmoid.</summary>
    internal double Steepness { get; private set; } = 1;

    /// <summary>The text of a booster's first rounds; all of them if rounds is not above 0.</summary>
    internal static byte[] Of(BoosterHandle booster, int rounds, int threads)
    {
        using NativeCall call = NativeCall.Enter(threads);
        byte[] text = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            while (true)
            {
                long length;
                fixed (byte* buffer = text)
                    NativeCall.Check(NativeMethods.LGBM_BoosterSaveModelToString(booster, 0, rounds, 0, text.Length, out length, buffer));
                if (length <= text.Length) return text.AsSpan(0, (int)length - 1).ToArray();
                if (length > Array.MaxLength) throw new LightGbmException($"The model has {length} bytes of text, more than an array can hold.");
                byte[] larger = ArrayPool<byte>.Shared.Rent((int)length);
                ArrayPool<byte>.Shared.Return(text);
                text = larger;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    /// <summary>The number of leaves of the first trees of a text.</summary>
    internal static int[] Leaves(ReadOnlySpan<byte> text, int trees)
    {
        int[] leaves = new int[trees];
        for (int i = 0; i < trees; i++)
        {
            text = text[(text.IndexOf("\nnum_leaves="u8) + 12)..];
            leaves[i] = int.Parse(text[..text.IndexOf((byte)'\n')], CultureInfo.InvariantCulture);
        }

        return leaves;
    }

    /// <summary>Adds the link of an own objective, in LightGBM's words, and a last section with the names that LightGBM could not hold.</summary>
    internal static byte[] Complete(byte[] text, IBoostingObjective? objective, ColumnSet columns)
    {
        using var result = new MemoryStream(text.Length + 1024);
        ReadOnlySpan<byte> rest = text;
        if (objective is not null)
        {
            string? link = objective.Link switch
            {
                BoostingLink.Sigmoid => "binary sigmoid:1",
                BoostingLink.Softmax => $"multiclass num_class:{objective.Outputs}",
                BoostingLink.OneVersusRest => $"multiclassova num_class:{objective.Outputs} sigmoid:1",
                _ => null,
            };
            int at = rest.IndexOf("\nfeature_names="u8) + 1;
            result.Write(rest[..at]);
            rest = rest[at..];
            if (link is not null) result.Write(Encoding.UTF8.GetBytes($"objective={link}\n"));
        }

        result.Write(rest);
        bool renamed = !columns.Names.AsSpan().SequenceEqual(columns.NativeNames);
        if (objective is not null || renamed)
        {
            result.Write(Encoding.UTF8.GetBytes($"\n{SectionStart}\n"));
            using (var json = new Utf8JsonWriter(result))
            {
                json.WriteStartObject();
                if (objective is not null) json.WriteString("objective", objective.Name);
                if (renamed)
                {
                    json.WriteStartArray("columns");
                    foreach (string name in columns.Names) json.WriteStringValue(name);
                    json.WriteEndArray();
                }

                json.WriteEndObject();
            }

            result.Write(Encoding.UTF8.GetBytes($"\n{SectionEnd}\n"));
        }

        return result.ToArray();
    }

    /// <summary>The own section of a text, to be written again when the model is saved; empty if there is none.</summary>
    internal static string Section(string text)
    {
        int start = text.LastIndexOf($"\n{SectionStart}\n", StringComparison.Ordinal);
        if (start < 0) return "";
        int end = text.IndexOf($"\n{SectionEnd}", start, StringComparison.Ordinal);
        return end < 0 ? "" : text[start..end] + $"\n{SectionEnd}\n";
    }

    /// <summary>Checks a text and reads what a model needs to know of itself.</summary>
    /// <exception cref="UnusableDataException">The text is not a whole and sound LightGBM model; the row is the line.</exception>
    internal static ModelText Read(string text, string? file)
    {
        var model = new ModelText(text, file);
        model.Read();
        return model;
    }

    private UnusableDataException Bad(string problem) => new($"This is not a sound LightGBM model: {problem}", file: file, row: line);

    private void Read()
    {
        line = 1;
        if (text.Contains('\0', StringComparison.Ordinal)) throw Bad("it has a zero byte.");
        int at = 0;
        if (!NextLine(ref at, out ReadOnlySpan<char> first) || !first.SequenceEqual("tree")) throw Bad("its first line is not 'tree'.");
        int treesAt = -1;
        for (int start = at; NextLine(ref at, out ReadOnlySpan<char> content); start = at)
        {
            if (content.StartsWith("Tree=", StringComparison.Ordinal))
            {
                treesAt = start;
                at = start;
                line--;
                break;
            }

            int equals = content.IndexOf('=');
            if (content.Length > 0) header[(equals < 0 ? content : content[..equals]).ToString()] = equals < 0 ? "" : content[(equals + 1)..].ToString();
        }

        if (treesAt < 0) throw Bad("it has no trees; is the file cut off?");
        ReadHeader();
        if (header.TryGetValue("tree_sizes", out string? sizes)) CheckSizes(treesAt, sizes);
        int features = Columns.Length;
        while (NextLine(ref at, out ReadOnlySpan<char> content))
        {
            if (content.Length == 0) continue;
            if (content.SequenceEqual("end of trees")) break;
            if (!content.StartsWith("Tree=", StringComparison.Ordinal)) throw Bad("a tree is expected here.");
            ReadTree(ref at, features);
            Trees++;
            if (at >= text.Length) throw Bad("it is cut off: the line 'end of trees' is missing.");
        }

        if (Trees % Outputs != 0) throw Bad($"{Trees} trees do not fit {Outputs} outputs.");
        if (Section(text) is { Length: > 0 } section) ReadSection(section);
    }

    private void ReadHeader()
    {
        Outputs = Integer("num_class", 1, 1_000_000);
        if (header.ContainsKey("num_tree_per_iteration") && Integer("num_tree_per_iteration", 1, 1_000_000) != Outputs)
            throw Bad("num_tree_per_iteration differs from num_class.");
        _ = Integer("label_index", int.MinValue, int.MaxValue);
        int features = Integer("max_feature_idx", 0, int.MaxValue - 1) + 1;
        Columns = Value("feature_names").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (Columns.Length != features) throw Bad($"it has {Columns.Length} feature_names for {features} columns.");
        if (Value("feature_infos").Split(' ', StringSplitOptions.RemoveEmptyEntries).Length != features) throw Bad("its feature_infos do not fit its columns.");
        string objective = header.GetValueOrDefault("objective", "");
        Objective = objective;
        string[] words = objective.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string kind = words.Length == 0 ? "" : words[0];
        Link = kind switch
        {
            "binary" or "cross_entropy" => BoostingLink.Sigmoid,
            "multiclass" => BoostingLink.Softmax,
            "multiclassova" => BoostingLink.OneVersusRest,
            _ => BoostingLink.Identity,
        };
        if (Link is BoostingLink.Softmax or BoostingLink.OneVersusRest)
        {
            if (!words.Contains($"num_class:{Outputs}")) throw Bad("the number of classes of its objective differs from num_class.");
        }
        else if (objective.Length > 0 && Outputs != 1) throw Bad($"its objective '{kind}' has one output and num_class is {Outputs}.");
        foreach (string word in words.Skip(1))
        {
            if (!word.StartsWith("sigmoid:", StringComparison.Ordinal)) continue;
            if (!(double.TryParse(word.AsSpan(8), NumberStyles.Float, CultureInfo.InvariantCulture, out double s) && s > 0))
                throw Bad("the sigmoid of its objective is not above 0.");
            Steepness = s;
        }
    }

    private void CheckSizes(int at, string sizes)
    {
        foreach (string word in sizes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size < 6 || size > text.Length - at
                || string.CompareOrdinal(text, at, "Tree=", 0, 5) != 0)
                throw Bad("its tree_sizes do not fit its trees.");
            if (text.AsSpan(at, size).ContainsAnyExceptInRange((char)1, (char)127)) throw Bad("its trees have letters that no number has.");
            at += size;
        }

        if (string.CompareOrdinal(text, at, "end of trees", 0, 12) != 0) throw Bad("its tree_sizes do not fit its trees.");
    }

    private void ReadTree(ref int at, int features)
    {
        const int MostLines = 22;
        var fields = new Dictionary<string, (int Start, int Length)>(StringComparer.Ordinal);
        int lines = 0;
        for (int start = at; ; start = at)
        {
            if (!NextLine(ref at, out ReadOnlySpan<char> content) || at >= text.Length) throw Bad("it is cut off within a tree.");
            if (content.Length == 0) break;
            int equals = content.IndexOf('=');
            if (equals <= 0) throw Bad("a line of a tree has no equals sign.");
            if (++lines > MostLines) throw Bad("a tree has too many lines.");
            fields[content[..equals].ToString()] = (start + equals + 1, content.Length - equals - 1);
        }

        int leaves = Single(fields, "num_leaves", 1, 1 << 24), categorical = Single(fields, "num_cat", 0, 1 << 24), inner = leaves - 1;
        Doubles(fields, "leaf_value", leaves, required: true);
        if (fields.ContainsKey("leaf_count")) Integers(fields, "leaf_count", leaves, int.MinValue, int.MaxValue, required: false);
        bool linear = fields.ContainsKey("is_linear") && Single(fields, "is_linear", 0, 1) == 1;
        if (fields.ContainsKey("shrinkage")) Doubles(fields, "shrinkage", 1, required: true);
        if (leaves == 1 && !linear) return;
        int[] left = Integers(fields, "left_child", inner, -leaves, inner - 1, required: true)!,
            right = Integers(fields, "right_child", inner, -leaves, inner - 1, required: true)!;
        var used = new HashSet<int>();
        for (int i = 0; i < inner; i++)
        {
            // A child that is a node comes after its parent, so that no path can go round in a circle.
            foreach (int child in (ReadOnlySpan<int>)[left[i], right[i]])
                if ((child >= 0 && child <= i) || !used.Add(child)) throw Bad($"node {i} of a tree has a child that another node has too.");
        }

        Integers(fields, "split_feature", inner, 0, features - 1, required: true);
        double[] thresholds = Doubles(fields, "threshold", inner, required: true)!;
        foreach (string name in (ReadOnlySpan<string>)["split_gain", "internal_value", "internal_weight"]) Doubles(fields, name, inner, required: false);
        Doubles(fields, "leaf_weight", leaves, required: false);
        Integers(fields, "internal_count", inner, int.MinValue, int.MaxValue, required: false);
        int[]? decisions = Integers(fields, "decision_type", inner, sbyte.MinValue, sbyte.MaxValue, required: false);
        if (categorical > 0)
        {
            int[] boundaries = Integers(fields, "cat_boundaries", categorical + 1, 0, int.MaxValue, required: true)!;
            for (int i = 1; i <= categorical; i++)
                if (boundaries[i] < boundaries[i - 1]) throw Bad("cat_boundaries do not ascend.");
            long[] bits = Longs(fields, "cat_threshold", boundaries[^1], 0, uint.MaxValue)!;
            if (boundaries[0] != 0 || bits.Length != boundaries[^1]) throw Bad("cat_boundaries do not fit cat_threshold.");
        }

        for (int i = 0; i < inner; i++)
        {
            if (((decisions?[i] ?? 0) & 1) == 1 && !(thresholds[i] >= 0 && thresholds[i] < categorical && thresholds[i] == Math.Floor(thresholds[i])))
                throw Bad($"the categories of node {i} are not there.");
        }

        if (linear) ReadLinear(fields, leaves, features);
    }

    private void ReadLinear(Dictionary<string, (int Start, int Length)> fields, int leaves, int features)
    {
        Doubles(fields, "leaf_const", leaves, required: false);
        int[]? counts = Integers(fields, "num_features", leaves, 0, features, required: false);
        if (counts is null) return;
        long total = counts.Sum(c => (long)c);
        if (total > int.MaxValue) throw Bad("a linear tree has too many coefficients.");
        if (fields.ContainsKey("leaf_features") != fields.ContainsKey("leaf_coeff") || (total > 0 && !fields.ContainsKey("leaf_features")))
            throw Bad("a linear tree lacks its leaf_features or leaf_coeff.");
        Integers(fields, "leaf_features", (int)total, 0, features - 1, required: false);
        Doubles(fields, "leaf_coeff", (int)total, required: false);
    }

    private void ReadSection(string section)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(section.Split('\n')[2]);
            if (json.RootElement.TryGetProperty("objective", out JsonElement objective)) Objective = objective.GetString() ?? Objective;
            if (!json.RootElement.TryGetProperty("columns", out JsonElement columns)) return;
            string[] names = [.. columns.EnumerateArray().Select(c => c.GetString()!)];
            if (names.Length != Columns.Length) throw Bad("its own section has another number of columns.");
            Columns = names;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw Bad($"its own section cannot be read ({e.Message}).");
        }
    }

    private string Value(string key) => header.TryGetValue(key, out string? value) ? value : throw Bad($"its header has no {key}.");

    private int Integer(string key, int least, int most) =>
        int.TryParse(Value(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value : throw Bad($"{key} of its header is '{Value(key)}'.");

    private int Single(Dictionary<string, (int, int)> fields, string key, int least, int most) => Integers(fields, key, 1, least, most, required: true)![0];

    private int[]? Integers(Dictionary<string, (int Start, int Length)> fields, string key, int count, int least, int most, bool required) =>
        Longs(fields, key, count, least, most, required)?.Select(v => (int)v).ToArray();

    private long[]? Longs(Dictionary<string, (int Start, int Length)> fields, string key, int count, long least, long most, bool required = true)
    {
        if (!Field(fields, key, required, out ReadOnlySpan<char> content)) return null;
        List<long> values = new(Math.Min(count, content.Length));
        foreach (Range range in content.Split(' '))
        {
            ReadOnlySpan<char> word = content[range];
            if (word.IsEmpty) continue;
            if (!long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) || value < least || value > most)
                throw Bad($"{key} of a tree has the value '{Short(word)}'.");
            values.Add(value);
        }

        return values.Count == count ? [.. values] : throw Bad($"{key} of a tree has {values.Count} values instead of {count}.");
    }

    private double[]? Doubles(Dictionary<string, (int Start, int Length)> fields, string key, int count, bool required)
    {
        if (!Field(fields, key, required, out ReadOnlySpan<char> content)) return null;
        List<double> values = new(Math.Min(count, content.Length));
        foreach (Range range in content.Split(' '))
        {
            ReadOnlySpan<char> word = content[range];
            if (word.IsEmpty) continue;
            double value = double.NaN;
            bool known = double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
                || word is "nan" or "-nan" or "inf" or "-inf" or "NaN" or "Inf" or "-Inf";
            if (!known) throw Bad($"{key} of a tree has the value '{Short(word)}'.");
            values.Add(value);
        }

        return values.Count == count ? [.. values] : throw Bad($"{key} of a tree has {values.Count} values instead of {count}.");
    }

    private bool Field(Dictionary<string, (int Start, int Length)> fields, string key, bool required, out ReadOnlySpan<char> content)
    {
        if (fields.TryGetValue(key, out (int Start, int Length) place))
        {
            content = text.AsSpan(place.Start, place.Length);
            return true;
        }

        content = default;
        return required ? throw Bad($"a tree has no {key}.") : false;
    }

    private static string Short(ReadOnlySpan<char> word) => word.Length > 40 ? string.Concat(word[..40], "...") : word.ToString();

    private bool NextLine(ref int at, out ReadOnlySpan<char> content)
    {
        if (at >= text.Length)
        {
            content = default;
            return false;
        }

        ReadOnlySpan<char> rest = text.AsSpan(at);
        int end = rest.IndexOf('\n');
        content = end < 0 ? rest : rest[..end];
        at += end < 0 ? rest.Length : end + 1;
        if (content.EndsWith('\r')) content = content[..^1];
        line++;
        return true;
    }
}
