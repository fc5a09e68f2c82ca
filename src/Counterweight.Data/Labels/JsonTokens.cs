using System.Text.Json;

namespace Counterweight.Data;

/// <summary>The tokens of a JSON file of any size, a buffer at a time.</summary>
internal sealed class JsonTokens : IDisposable
{
    private const int LongestToken = 1 << 28;

    private readonly FileStream file;
    private readonly string name;
    private byte[] buffer = new byte[1 << 18];
    private int filled;
    private JsonReaderState state;
    private bool ended;
    private long linesBefore;

    internal JsonTokens(string path)
    {
        name = path;
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        filled = file.ReadAtLeast(buffer, 3, throwOnEndOfStream: false);
        if (buffer.AsSpan(0, filled).StartsWith([(byte)0xEF, (byte)0xBB, (byte)0xBF])) buffer.AsSpan(3, (filled -= 3)).CopyTo(buffer);
    }

    /// <summary>What is done with a token; false ends the reading.</summary>
    internal delegate bool Token(ref Utf8JsonReader reader);

    /// <summary>Gives every token to an action.</summary>
    /// <exception cref="UnusableDataException">The file is no JSON.</exception>
    internal void Read(Token action, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var reader = new Utf8JsonReader(buffer.AsSpan(0, filled), ended, state);
            try
            {
                while (reader.Read())
                    if (!action(ref reader)) return;
            }
            catch (JsonException problem)
            {
                throw new UnusableDataException($"this is not JSON as it should be, at line {linesBefore + LinesIn(problem) + 1}: "
                    + $"{Sentence(problem)} Repair the file, or write it again: it may be cut short.", name, innerException: problem);
            }
            catch (InvalidOperationException problem) when (problem.InnerException is System.Text.DecoderFallbackException || problem.InnerException is null)
            {
                throw new UnusableDataException($"at line {linesBefore + buffer.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n') + 1}: a text is not "
                    + "UTF-8, or has half of a surrogate pair. Save the file as UTF-8.", name, innerException: problem);
            }
            catch (UnusableDataException problem) when (problem.Row is null)
            {
                long line = linesBefore + buffer.AsSpan(0, (int)reader.BytesConsumed).Count((byte)'\n') + 1;
                throw new UnusableDataException($"at line {line}: {problem.Problem}", name, innerException: problem);
            }

            state = reader.CurrentState;
            int used = (int)reader.BytesConsumed;
            linesBefore += buffer.AsSpan(0, used).Count((byte)'\n');
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
            if (ended) return;
            if (filled == buffer.Length)
            {
                if (buffer.Length >= LongestToken) throw new UnusableDataException("one text in it is longer than 256 MiB. Repair the file.", name);
                Array.Resize(ref buffer, 2 * buffer.Length);
            }

            int read = file.Read(buffer, filled, buffer.Length - filled);
            if (read == 0) ended = true;
            filled += read;
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>Lines of the present buffer before the problem. The reader counts them from the start of the file, so what went before is taken off.</summary>
    private long LinesIn(JsonException problem) => Math.Max(0, (problem.LineNumber ?? linesBefore) - linesBefore);

    private static string Sentence(JsonException problem)
    {
        int end = problem.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? problem.Message : problem.Message[..end];
    }
}
