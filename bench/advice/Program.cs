using System.Globalization;
using System.Text;
using System.Text.Json;
using Counterweight;
using Counterweight.Advice;
using Counterweight.Comparison;
using Counterweight.Data;

// Usage: dotnet run -c Release --project bench/advice -- [--cut ci|small|full] [--out FILE] [--samples DIR] [--minutes N] [--learners A,B] [--repeats N]
// [--only TEXT] [--first-seed N] Every finished trial is one line of FILE; a second run goes on where the first stopped. The table is printed at the end.
// --holdout [--trials N] judges the intervals of one split and a few seeds instead.
if (args.Contains("--holdout"))
{
    Console.Write(HoldoutTrials.Table(int.Parse(Option("--trials", "3000"), CultureInfo.InvariantCulture), int.Parse(Option("--first-seed", "20000"),
        CultureInfo.InvariantCulture)));
    return 0;
}

if (args.Contains("--boosting"))
{
    // --boosting --real DIR --out FILE [--seeds N] [--growth A,B]: the traces from which the rule of stopping was chosen.
    string file = Option("--out", "boosting.jsonl");
    for (int seed = 1; seed <= int.Parse(Option("--seeds", "1"), CultureInfo.InvariantCulture); seed++)
        foreach ((string name, string path) in RealSets.In(Option("--real", "")))
        {
            (Dataset all, int[] train, int[] judge) = RealSets.Split(path, seed, int.Parse(Option("--most-rows", "2000"), CultureInfo.InvariantCulture));
            File.AppendAllLines(file, BoostingStudy.Trace(
                name, all, train, judge, seed, Option("--growth", "usual").Split(','), Option("--remedies", BoostingStudy.Remedies).Split(',')));
            Console.Error.WriteLine($"{name} {seed}: {train.Length} rows to train on, {judge.Length} to judge by");
        }

    return 0;
}

if (args.Contains("--real"))
{
    // --real DIR [--out FILE] [--decided FILE] [--first-seed N] [--seeds N] [--minutes N] [--threads N] [--only TEXT] [--except A,B]: halves of the sets in a
    // folder, one a line of FILE.
    string decisions = Option("--decided", "");
    string file = Option("--out", Path.Combine("bench", "advice", "real", "trials.jsonl")), which = Option("--only", "");
    string[] without = Option("--except", "").Split(',');
    double most = double.Parse(Option("--minutes", "600"), CultureInfo.InvariantCulture);
    long begun = System.Diagnostics.Stopwatch.GetTimestamp();
    var wanted = new ComparisonOptions
    {
        Learners = Option("--learners", "linear,gbdt").Split(','),
        Seed = 1,
        Repeats = int.Parse(Option("--repeats", "0"), CultureInfo.InvariantCulture),
        Threads = int.Parse(Option("--threads", "0"), CultureInfo.InvariantCulture),
    };
    HashSet<(string, int)> there = File.Exists(file)
        ? [.. File.ReadLines(file).Where(l => l.Length > 0).Select(l => JsonSerializer.Deserialize<RealTrial>(l)!).Select(t => (t.Set, t.Seed))] : [];
    int first = int.Parse(Option("--first-seed", "1"), CultureInfo.InvariantCulture);
    for (int seed = first; seed < first + int.Parse(Option("--seeds", "3"), CultureInfo.InvariantCulture); seed++)
        foreach ((string name, string path) in RealSets.In(Option("--real", "")))
        {
            if (there.Contains((name, seed)) || !name.Contains(which, StringComparison.Ordinal) || without.Contains(name)) continue;
            if (System.Diagnostics.Stopwatch.GetElapsedTime(begun).TotalMinutes > most) return 0;
            try
            {
                (Dataset all, int[] train, int[] judge) = RealSets.Split(path, seed, int.Parse(Option("--most-rows", "4000"), CultureInfo.InvariantCulture));
                RealTrial trial = RealTrial.Run(name, seed, all, train, judge, wanted,
                    decisions.Length == 0 ? null : d => File.AppendAllText(decisions, JsonSerializer.Serialize(d) + "\n"));
                File.AppendAllText(file, JsonSerializer.Serialize(trial) + "\n");
                RealCandidate own = trial.Candidates.First(c => $"{c.Learner} / {c.Remedy}" == trial.Advised);
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{name} {seed}: {trial.Rows} rows, {trial.Advised} {own.Truth:0.0000} of {trial.Candidates.Max(c => c.Truth):0.0000}, "
                    + $"{trial.Seconds:0} s"));
            }
            catch (Exception unfit) when (unfit is UnusableDataException or InvalidOperationException)
            {
                Console.Error.WriteLine($"{name} {seed}: left out, {unfit.Message}");
            }
        }

    return 0;
}

string cut = Option("--cut", "small"), output = Option("--out", Path.Combine("bench", "advice", "trials.jsonl")), samples = Option("--samples", "samples");
double minutes = double.Parse(Option("--minutes", "120"), CultureInfo.InvariantCulture);
long started = System.Diagnostics.Stopwatch.GetTimestamp();
string only = Option("--only", "");
int repeats = int.Parse(Option("--repeats", "0"), CultureInfo.InvariantCulture);
string[] learners = Option("--learners", "linear").Split(',');
List<Trial> done = File.Exists(output) ? [.. File.ReadLines(output).Where(l => l.Length > 0).Select(l => JsonSerializer.Deserialize<Trial>(l)!)] : [];
foreach ((string name, Func<(Dataset Train, Dataset Fresh)> make) in Sets())
{
    if (done.Any(t => t.Name == name) || !name.Contains(only, StringComparison.Ordinal)) continue;
    if (System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalMinutes > minutes) break;
    try
    {
        (Dataset train, Dataset fresh) = make();
        Trial trial = Trial.Run(name, train, fresh, new ComparisonOptions { Learners = learners, Repeats = repeats, Seed = 1 });
        done.Add(trial);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        File.AppendAllText(output, JsonSerializer.Serialize(trial) + "\n");
        Console.Error.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"{name}: {trial.Advised}, regret {trial.Regret:0.0000} (balanced {trial.RegretOfBalanced:0.0000}, plain {trial.RegretOfPlain:0.0000}, best "
                + $"mean {trial.RegretOfBestMean:0.0000}), {trial.Seconds:0} s"));
    }
    catch (Exception unfit) when (unfit is UnusableDataException or InvalidOperationException)
    {
        Console.Error.WriteLine($"{name}: left out, {unfit.Message}");
    }
}

Console.WriteLine(Table(done));
return done.Count == 0 ? 1 : 0;

string Option(string name, string value) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : value;

IEnumerable<(string, Func<(Dataset, Dataset)>)> Sets()
{
    (string File, string Target)[] files = [("lending-club.csv", "Class"), ("hpc-jobs.csv", "class")];
    foreach ((string file, string target) in files)
    {
        string path = Path.Combine(samples, file);
        for (int seed = 1; seed <= (cut == "ci" ? 0 : cut == "small" ? 1 : 5); seed++)
        {
            int half = seed;
            yield return ($"{file} half {half}", () =>
            {
                Dataset all = DatasetReader.Read(path, target);
                Fold split = StratifiedFolds.Split(all.Labels, all.ClassNames, 2, 1, half)[0];
                return (all.Select(split.Train), all.Select(split.Test));
            }
            );
        }
    }

    foreach (Mixture mixture in Mixture.Sets(
        cut, int.Parse(Option("--first-seed", Mixture.FirstSeed.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture))) yield return (
            mixture.Name, () => (mixture.Train(), mixture.Fresh()));
}

static string Table(List<Trial> trials)
{
    var text = new StringBuilder();
    text.AppendLine("| choice | mean regret | worst regret | median |");
    text.AppendLine("|---|---|---|---|");
    foreach ((string name, Func<Trial, double> of) in ((string, Func<Trial, double>)[])[
        ("the recommendation", t => t.Regret), ("always balanced weights", t => t.RegretOfBalanced),
        ("best mean of plain 5-fold cross-validation", t => t.RegretOfPlain), ("best mean over all folds of the comparison", t => t.RegretOfBestMean),
        ("doing nothing", t => t.RegretOfNothing)])
    {
        double[] sorted = [.. trials.Select(of).Order()];
        text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {sorted.Average():0.0000} | {sorted[^1]:0.0000} | {sorted[sorted.Length / 2]:0.0000} |");
    }

    int claims = trials.Count(t => t.Claimed);
    text.AppendLine();
    text.AppendLine(CultureInfo.InvariantCulture,
        $"{trials.Count} trials; the 95% interval for new rows covered the truth in {100.0 * trials.Count(t => t.Covered) / trials.Count:0.0}%;");
    text.AppendLine(CultureInfo.InvariantCulture,
        $"'beats doing nothing' was claimed {claims} times and wrong {trials.Count(t => t.ClaimWrong)} times "
        + $"({(claims == 0 ? 0 : 100.0 * trials.Count(t => t.ClaimWrong) / claims):0.0}%);");
    text.AppendLine(CultureInfo.InvariantCulture, $"mean time of a comparison {trials.Average(t => t.Seconds):0.0} s.");
    return text.ToString();
}
