using DuckDB.NET.Data;

namespace Counterweight.Data;

/// <summary>Whether DuckDB's native library works on this machine.</summary>
internal static class DuckEngine
{
    /// <summary>Loads it and asks for its version.</summary>
    /// <returns>The version, or what is wrong.</returns>
    internal static (string? Version, string? Problem) Try()
    {
        try
        {
            using var connection = new DuckDBConnection("DataSource=:memory:");
            connection.Open();
            using DuckDBCommand command = connection.CreateCommand();
            command.CommandText = "SELECT version()";
            return (command.ExecuteScalar()?.ToString(), null);
        }
        catch (Exception problem) when (problem is DllNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            return (null, (problem as TypeInitializationException)?.InnerException?.Message ?? problem.Message);
        }
    }
}
