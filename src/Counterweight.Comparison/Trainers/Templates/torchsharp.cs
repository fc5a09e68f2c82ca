// A fit of 'counterweight compare' in TorchSharp (docs/trainers.md): "dotnet run train.cs". Lines that end with '// yours' are those to change.
// On Linux older than Debian 13 or Ubuntu 24.04 add a line '#:package Counterweight.Torch@*': it lets TorchSharp load (docs/native-library.md).
#:package TorchSharp-cpu@0.107.0
using System.Globalization;
using System.Text.Json;
using static TorchSharp.torch;
JsonElement job = JsonDocument.Parse(File.ReadAllText(Environment.GetEnvironmentVariable("COUNTERWEIGHT_JOB")!)).RootElement, data = job.GetProperty("data");
bool Has(string name) => job.GetProperty(name).ValueKind != JsonValueKind.Null; string Text(string name) => job.GetProperty(name).GetString()!;
void Refuse(string why) { Console.Error.WriteLine(why); Environment.Exit(78); }
if (job.GetProperty("protocol").GetInt32() != 1) Refuse("this program knows version 1 of the trainer contract");
foreach (string part in new[] { "loss", "synthetic", "sampling" }) if (Has(part)) Refuse($"this program does not carry out '{part}'");
manual_seed(job.GetProperty("seed").GetInt64());
T[] Npy<T>(string name) where T : struct // the numbers come after a header of stated length
{
    byte[] file = File.ReadAllBytes(Text(name));
    return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(file.AsSpan(10 + BitConverter.ToUInt16(file, 8))).ToArray();
}
long[] train = Npy<long>("train"), asked = [.. Npy<long>("validation"), .. Npy<long>("test")];
string[] labels = [.. job.GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("label").GetString()!)];
string[][] cells = [.. File.ReadLines(data.GetProperty("file").GetString()!).Where(l => l != "").Select(l => l.Split(','))]; // yours
int target = Array.IndexOf(cells[0], data.GetProperty("target").GetString());
int[] used = [.. cells[0].Index().ExceptBy(data.GetProperty("leaveOut").EnumerateArray().Select(c => c.GetString()), c => c.Item).Select(c => c.Index)];
float Number(string cell) => float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float v) ? v : cell.Sum(c => c) % 64;
Tensor x = tensor((float[])[.. cells[1..].SelectMany(r => used.Where(c => c != target).Select(c => Number(r[c])))]).reshape(cells.Length - 1, -1); // yours
Tensor rows = tensor(train), y = tensor(train.Select(i => (long)Array.IndexOf(labels, cells[i + 1][target])).ToArray());
x = (x - x[rows].mean([0], keepdim: true)) / (x[rows].std(0, keepdim: true) + 1e-9f);
float[] perClass = Has("classWeights") ? [.. job.GetProperty("classWeights").EnumerateArray().Select(w => w.GetSingle())] : [.. labels.Select(_ => 1f)];
Tensor weights = Has("rowWeights") ? tensor(Npy<double>("rowWeights")).to(float32) : tensor(perClass)[y];
var model = nn.Sequential(nn.Linear(x.shape[1], 64), nn.ReLU(), nn.Linear(64, labels.Length)); // yours
var optimizer = optim.Adam(model.parameters(), 1e-3); // yours
for (int epoch = 0; epoch < Math.Max(1, Math.Round(20 * job.GetProperty("share").GetDouble())); epoch++) // yours
    foreach (Tensor batch in randperm(train.Length).split(64))
    {
        optimizer.zero_grad();
        Tensor w = weights[batch], each = nn.functional.cross_entropy(model.call(x[rows[batch]]), y[batch], reduction: nn.Reduction.None);
        ((each * w).sum() / w.sum()).backward(); optimizer.step();
    }
float[][] scores = [.. nn.functional.softmax(model.call(x[tensor(asked)]), 1).data<float>().ToArray().Chunk(labels.Length)];
IEnumerable<string> lines = asked.Select((row, i) => $"{row},{string.Join(',', scores[i].Select(s => s.ToString(CultureInfo.InvariantCulture)))}");
File.WriteAllLines(Text("scores"), [$"row,{string.Join(',', labels)}", .. lines]);
