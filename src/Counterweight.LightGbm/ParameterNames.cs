using System.Text;
using System.Text.Json;

namespace Counterweight.LightGbm;

/// <summary>The names and aliases of LightGBM's parameters, asked of the library itself.</summary>
internal static unsafe class ParameterNames
{
    private static readonly Lazy<HashSet<string>> Known = new(Read);

    /// <summary>Throws if LightGBM does not know an extra parameter; LightGBM itself would silently go on without it.</summary>
    internal static void Check(IReadOnlyDictionary<string, string> extra)
    {
        foreach (string name in extra.Keys)
        {
            if (!Known.Value.Contains(name))
                throw new ArgumentException($"LightGBM has no parameter '{name}'.", nameof(extra));
        }
    }

    private static HashSet<string> Read()
    {
        using NativeCall call = NativeCall.Enter(1);
        NativeCall.Check(NativeMethods.LGBM_DumpParamAliases(0, out long length, null));
        byte[] text = new byte[length];
        fixed (byte* buffer = text) NativeCall.Check(NativeMethods.LGBM_DumpParamAliases(length, out length, buffer));
        using JsonDocument aliases = JsonDocument.Parse(Encoding.UTF8.GetString(text.AsSpan(0, (int)length - 1)));
        HashSet<string> known = new(StringComparer.Ordinal);
        foreach (JsonProperty parameter in aliases.RootElement.EnumerateObject())
        {
            known.Add(parameter.Name);
            foreach (JsonElement alias in parameter.Value.EnumerateArray()) known.Add(alias.GetString()!);
        }

        return known;
    }
}
