using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Counterweight.Comparison.Tests")]
[assembly: InternalsVisibleTo("Counterweight.Cli")]
