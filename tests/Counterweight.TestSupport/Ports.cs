using System.Net;
using System.Net.Sockets;

namespace Counterweight.TestSupport;

/// <summary>Ports for the servers of tests.</summary>
public static class Ports
{
    /// <summary>Ports of this machine that nothing listens on, all different.</summary>
    public static int[] Free(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners) listener.Start();
        int[] ports = Array.ConvertAll(listeners, l => ((IPEndPoint)l.LocalEndpoint).Port);
        foreach (TcpListener listener in listeners) listener.Dispose();
        return ports;
    }
}
