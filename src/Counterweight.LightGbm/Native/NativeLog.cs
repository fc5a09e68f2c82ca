using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Counterweight.LightGbm;

/// <summary>
/// Takes LightGBM's messages away from standard output. LightGBM keeps its callback per thread, so every thread that calls it registers first;
/// the messages go to the sink of the call that is under way on that thread, or nowhere.
/// </summary>
internal static unsafe class NativeLog
{
    [ThreadStatic] private static bool registered;
    [ThreadStatic] private static Action<string>? sink;
    [ThreadStatic] private static StringBuilder? line;

    /// <summary>Makes sure that nothing LightGBM says on this thread reaches standard output.</summary>
    internal static void Register()
    {
        if (registered) return;
        NativeLibraryLoader.Ensure();
        _ = NativeMethods.LGBM_RegisterLogCallback(&Receive);
        registered = true;
    }

    /// <summary>Sends the messages of this thread to a sink; returns the one before, to be set back.</summary>
    internal static Action<string>? Redirect(Action<string>? newSink)
    {
        Action<string>? before = sink;
        sink = newSink;
        return before;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Receive(byte* text)
    {
        if (sink is null || text is null) return;
        try
        {
            // LightGBM sends a message as three pieces: its prefix, the text, a line end.
            string piece = Marshal.PtrToStringUTF8((nint)text) ?? "";
            line ??= new StringBuilder();
            if (piece != "\n")
            {
                line.Append(piece);
                return;
            }

            string message = line.ToString();
            line.Clear();
            sink(message);
        }
        catch (Exception)
        {
            // An exception must not unwind through native frames; a sink that fails loses its message.
            line?.Clear();
        }
    }
}
