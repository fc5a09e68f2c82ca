using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Counterweight.Architecture.Tests;

/// <summary>The sources of the projects under src: in which folder of its project each type stands.</summary>
internal static class SourceFiles
{
    private static readonly Lazy<IReadOnlyDictionary<(string Project, string Type), string>> AllFolders = new(Scan);

    /// <summary>
    /// The folder (with /, empty for the project's own) of each outermost type, by project and full name as compiled (<c>Counterweight.NeighbourIndex`1</c>).
    /// A type in parts stands where all its files are below.
    /// </summary>
    public static IReadOnlyDictionary<(string Project, string Type), string> Folders => AllFolders.Value;

    /// <summary>The projects that there are.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Where(d => Directory.EnumerateFiles(d, "*.csproj").Any())
            .Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    /// <summary>The file that a project is compiled into, beside these tests.</summary>
    public static string Compiled(string project)
    {
        XDocument file = XDocument.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj"));
        return Path.Combine(AppContext.BaseDirectory, (file.Descendants("AssemblyName").FirstOrDefault()?.Value ?? project) + ".dll");
    }

    /// <summary>The C# files of a folder of the repository, without what builds leave.</summary>
    public static IEnumerable<string> Of(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(Repository.Root, f).Split(Path.DirectorySeparatorChar).Any(p => p is "obj" or "bin" or "artifacts"))
            .Order(StringComparer.Ordinal);

    private static Dictionary<(string, string), string> Scan()
    {
        Dictionary<(string, string), string> folders = [];
        foreach (string project in Projects)
        {
            string root = Path.Combine(Repository.Root, "src", project);
            foreach (string file in Of(Path.Combine("src", project)))
            {
                string folder = Path.GetDirectoryName(Path.GetRelativePath(root, file))!.Replace(Path.DirectorySeparatorChar, '/');
                SyntaxNode tree = CSharpSyntaxTree.ParseText(File.ReadAllText(file), new CSharpParseOptions(LanguageVersion.Preview)).GetRoot();
                foreach (MemberDeclarationSyntax type in tree.DescendantNodes().OfType<MemberDeclarationSyntax>()
                    .Where(m => m is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax && m.Parent is not TypeDeclarationSyntax))
                {
                    (string name, int arity) = type switch
                    {
                        TypeDeclarationSyntax t => (t.Identifier.Text, t.TypeParameterList?.Parameters.Count ?? 0),
                        DelegateDeclarationSyntax d => (d.Identifier.Text, d.TypeParameterList?.Parameters.Count ?? 0),
                        BaseTypeDeclarationSyntax b => (b.Identifier.Text, 0),
                        _ => throw new InvalidOperationException(),
                    };
                    string space = string.Join('.', type.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().Reverse().Select(n => n.Name.ToString()));
                    var key = (project, (space.Length == 0 ? "" : space + ".") + name + (arity == 0 ? "" : $"`{arity}"));
                    folders[key] = folders.TryGetValue(key, out string? other) ? Common(other, folder) : folder;
                }
            }
        }

        return folders;
    }

    private static string Common(string a, string b)
    {
        string[] x = a.Split('/'), y = b.Split('/');
        return string.Join('/', x.Zip(y).TakeWhile(p => p.First == p.Second).Select(p => p.First));
    }
}
