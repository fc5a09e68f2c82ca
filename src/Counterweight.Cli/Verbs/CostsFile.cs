using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>Reads <c>--costs FILE</c>: a cost per class, or a matrix of true class by predicted class.</summary>
internal static class CostsFile
{
    /// <summary>A cost per class, for weights.</summary>
    internal static double[] PerClass(string path, IReadOnlyList<string> labels) => CostMatrix.ParsePerClass(Text(path), labels, path);

    /// <summary>Costs as a matrix; a cost per class is the cost of every wrong decision on it.</summary>
    internal static CostMatrix Matrix(string path, IReadOnlyList<string> labels) => CostMatrix.Parse(Text(path), labels, path);

    private static string Text(string path)
    {
        if (path == "-") return Console.In.ReadToEnd();
        if (Directory.Exists(path)) throw new UnusableDataException("this is a folder; a file of costs is needed.", path);
        return File.Exists(path) ? Utf8Text.Read(path) : throw new UnusableDataException("there is no such file of costs.", path);
    }
}
