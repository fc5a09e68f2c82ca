using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Counterweight.LightGbm;

/// <summary>Another process said that it leaves, or is gone, and something is still expected of it.</summary>
internal sealed class MachineLeftException(string message, Exception cause) : IOException(message, cause);

/// <summary>Bytes from another process, in a buffer that is given back.</summary>
internal readonly struct MachineMessage(byte[] buffer, int length) : IDisposable
{
    internal ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, length);

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}

/// <summary>A connection to another process: messages of a kind and a length, read by a thread of its own, so that nobody waits for the other to listen, and
/// which notices at once when the other is gone.</summary>
internal sealed class MachineLink : IDisposable
{
    internal const byte Data = 0, Failure = 1, Leaving = 2;

    private readonly NetworkStream stream;
    private readonly BlockingCollection<MachineMessage> received = [];
    private readonly Lock sending = new();

    internal MachineLink(Socket socket)
    {
        socket.NoDelay = true;
        // A machine that loses its power says nothing at all.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>What to call the other process.</summary>
    internal string Name { get; set; } = "a machine";

    /// <summary>Starts to read.</summary>
    /// <param name="failed">Is told when the other has gone away without a word, or why it has failed.</param>
    internal void Listen(Action<string> failed)
    {
        var reader = new Thread(() =>
        {
            try
            {
                while (true)
                {
                    (byte kind, MachineMessage message) = Read();
                    if (kind == Data)
                    {
                        received.Add(message);
                        continue;
                    }

                    string text = Encoding.UTF8.GetString(message.Bytes);
                    message.Dispose();
                    if (kind == Failure) failed(text);
                    else break;
                }

                received.CompleteAdding();
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException or InvalidDataException or InvalidOperationException)
            {
                failed($"{Name} has gone away, and the model is not trained without it.");
            }
        })
        {
            IsBackground = true,
            Name = Name,
        };
        reader.Start();
    }

    /// <summary>Sends a message.</summary>
    /// <exception cref="MachineLeftException">The other is gone.</exception>
    internal void Send(byte kind, ReadOnlySpan<byte> message)
    {
        Span<byte> head = stackalloc byte[sizeof(int) + 1];
        BinaryPrimitives.WriteInt32LittleEndian(head, message.Length);
        head[sizeof(int)] = kind;
        try
        {
            lock (sending)
            {
                stream.Write(head);
                stream.Write(message);
            }
        }
        catch (IOException gone)
        {
            throw new MachineLeftException($"{Name} has gone away, and the model is not trained without it.", gone);
        }
    }

    /// <summary>The next message.</summary>
    /// <exception cref="MachineLeftException">The other has left.</exception>
    internal MachineMessage Take(CancellationToken cancellation)
    {
        try
        {
            return received.Take(cancellation);
        }
        catch (InvalidOperationException left)
        {
            throw new MachineLeftException($"{Name} has left, and the model is not trained without it.", left);
        }
    }

    /// <summary>Reads a message; to be called by one thread alone.</summary>
    /// <param name="most">The longest that is taken.</param>
    internal (byte Kind, MachineMessage Message) Read(int most = int.MaxValue)
    {
        Span<byte> head = stackalloc byte[sizeof(int) + 1];
        stream.ReadExactly(head);
        int length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length < 0 || length > most) throw new InvalidDataException("That is no message of a machine.");
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        stream.ReadExactly(buffer.AsSpan(0, length));
        return (head[sizeof(int)], new(buffer, length));
    }

    public void Dispose() => stream.Dispose();
}
