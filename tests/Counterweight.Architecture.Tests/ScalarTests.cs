using Mono.Cecil;
using CecilMethod = Mono.Cecil.MethodDefinition;

namespace Counterweight.Architecture.Tests;

/// <summary>
/// Numbers given to LibTorch live until the call is over. TorchSharp frees a scalar's native object when the garbage collector finds the managed one, also
/// while native code reads it, and both the operators of a tensor and a number and some operations of tensors alone (<c>a + b</c> converts a 1) hold none.
/// </summary>
public class ScalarTests
{
    private static readonly ModuleDefinition TorchSharp = ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll"));

    [Fact]
    public void Only_Scalars_makes_numbers_for_native_calls()
    {
        HashSet<string> makers = Makers();
        Assert.Contains(makers, m => m.Contains("Tensor::op_Addition(TorchSharp.torch/Tensor,TorchSharp.torch/Tensor)", StringComparison.Ordinal));
        List<string> found = [];
        int scalars = 0;
        foreach (string project in SourceFiles.Projects)
        {
            using ModuleDefinition room = ModuleDefinition.ReadModule(SourceFiles.Compiled(project));
            foreach (TypeDefinition type in room.GetTypes())
                foreach (MethodReference called in Calls(type).Where(c => Makes(c) || makers.Contains(Definition(c))))
                {
                    if (type.FullName == "Counterweight.Torch.Scalars") scalars++;
                    else found.Add($"{type.FullName} calls {called.FullName}");
                }
        }

        Assert.True(scalars > 0);
        Assert.Empty(found);
    }

    /// <summary>The methods of TorchSharp that make a scalar, themselves or by what they call.</summary>
    private static HashSet<string> Makers()
    {
        Dictionary<string, List<string>> callers = [];
        HashSet<string> makers = [];
        Queue<string> queue = [];
        foreach (CecilMethod method in TorchSharp.GetTypes()
            .Where(t => !t.FullName.StartsWith("TorchSharp.Scalar", StringComparison.Ordinal)).SelectMany(t => t.Methods))
            foreach (MethodReference called in Calls(method))
            {
                if (Makes(called))
                {
                    if (makers.Add(method.FullName)) queue.Enqueue(method.FullName);
                }
                else
                {
                    if (!callers.TryGetValue(Definition(called), out List<string>? list)) callers[Definition(called)] = list = [];
                    list.Add(method.FullName);
                }
            }

        while (queue.TryDequeue(out string? maker))
            foreach (string caller in callers.GetValueOrDefault(maker) ?? [])
                if (makers.Add(caller)) queue.Enqueue(caller);
        return makers;
    }

    private static bool Makes(MethodReference called) => called.DeclaringType.FullName is "TorchSharp.Scalar" or "TorchSharp.ScalarExtensionMethods"
        && (called.ReturnType.FullName == "TorchSharp.Scalar" || called.Name == ".ctor");

    private static IEnumerable<MethodReference> Calls(TypeDefinition type) => type.Methods.SelectMany(Calls);

    private static IEnumerable<MethodReference> Calls(CecilMethod method) =>
        method.HasBody ? method.Body.Instructions.Select(i => i.Operand).OfType<MethodReference>() : [];

    private static string Definition(MethodReference method) => (method is GenericInstanceMethod generic ? generic.ElementMethod : method).FullName;
}
