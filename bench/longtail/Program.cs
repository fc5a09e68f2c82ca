using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Counterweight.Benchmarks;
using Counterweight.LongTail;
using Counterweight.Torch;

Option<string> data = new("--data") { DefaultValueFactory = _ => FashionMnist.Folder, Description = "The folder with the four files of Fashion-MNIST." };
Option<string> folder = new("--out")
{
    DefaultValueFactory = _ => Path.Combine("bench", "longtail"),
    Description = "Where results.csv, peer.csv and README.md are."
};
Option<int> threads = new("--threads") { DefaultValueFactory = _ => Environment.ProcessorCount, Description = "The threads of a training." };
Option<double> budget = new("--budget")
{
    DefaultValueFactory = _ => double.PositiveInfinity,
    Description = "After how many minutes to begin no further training."
};
Option<string?> only = new("--only") { Description = "Train nothing but this method." };
Option<Profile?> profile = new("--profile") { Description = "Train on this kind of tail only, so that two runs with folders of their own can share the work." };
RootCommand command = new("Every remedy for long tails on Fashion-MNIST; goes on where it stopped, and writes the table.") { data, folder, threads, budget,
    only, profile };
command.SetAction(parsed =>
{
    long start = Stopwatch.GetTimestamp();
    NativeTorch.EnsureLoaded();
    TorchSharp.torch.set_num_threads(parsed.GetValue(threads));
    string home = parsed.GetValue(folder)!, cache = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "counterweight-longtail")).FullName;
    var results = new Results(Path.Combine(home, "results.csv"));
    FashionMnist train = FashionMnist.Read(parsed.GetValue(data)!, "train"), test = FashionMnist.Read(parsed.GetValue(data)!, "t10k");
    foreach (Training next in Plan.All)
    {
        if (results[next] is not null || (parsed.GetValue(only) ?? next.Method) != next.Method || (parsed.GetValue(profile) ?? next.Profile) != next.Profile)
            continue;
        if (Stopwatch.GetElapsedTime(start).TotalMinutes > parsed.GetValue(budget)) break;
        using LongTail rows = LongTail.Of(train, test, next.Profile, next.Ratio, next.Seed);
        Outcome outcome = new Trainer(rows, next.Seed, cache).Run(next.Method);
        results.Add(next, outcome);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{next.Profile} {next.Ratio}, {next.Method}, seed {next.Seed}: {outcome.Recalls.Average():0.0000}, {outcome.EpochSeconds:0.00} s an epoch"));
    }

    File.WriteAllText(Path.Combine(home, "README.md"), Table.Of(results, new Results(Path.Combine(home, "peer.csv"))));
    Console.WriteLine($"{Plan.All.Count(t => results[t] is not null)} of {Plan.All.Count} trainings are done.");
});
return command.Parse(args).Invoke();
