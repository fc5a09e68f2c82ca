using System.Globalization;
using System.Text;
using Counterweight.Benchmarks;

namespace Counterweight.LongTail;

/// <summary>The page of the bench: a table per tail, the peer beside it, and what has not been trained yet.</summary>
internal static class Table
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    internal static string Of(Results results, Results peer)
    {
        var text = new StringBuilder();
        text.AppendLine("# Long-tailed Fashion-MNIST, by every remedy").AppendLine()
            .AppendLine("    dotnet run -c Release --project bench/longtail -- [--threads 1] [--budget MINUTES]").AppendLine()
            .AppendLine("The program goes on where `results.csv` ends and writes this page anew; run it again until nothing is listed under 'not "
            + "trained yet'.").AppendLine()
            .AppendLine(Culture, $"Training rows: class c of {FashionMnist.Classes} keeps {LongTail.Largest} x ratio^(-c/9) rows (exponential), or "
            + $"{LongTail.Largest} in the first five classes and {LongTail.Largest} / ratio in the last five (step); other rows for each seed.")
            .AppendLine("The test set is whole and balanced, so top-1 accuracy is balanced accuracy. Many, medium and few: the classes 0-2, 3-6, 7-9; for "
            + "the step 0-4 and 5-9.")
            .AppendLine(Culture, $"Network: a residual network with a stem of stride 2 and blocks of {ResidualNetwork.Width}, {2 * ResidualNetwork.Width} "
            + $"and {4 * ResidualNetwork.Width} channels, the last layer of cosines for LDAM. It is small, so that all trainings of this page take")
            .AppendLine(Culture, $"hours on one processor and not days: read differences between remedies, not records. {Trainer.Epochs} epochs of batches "
            + $"of {Trainer.BatchSize}, momentum 0.9, weight decay 5e-4, a rate of {Trainer.Rate:0.0} that rises over the first tenth and falls as a cosine,")
            .AppendLine("no augmentation. Every remedy has its default parameters; none was tuned on the test set. Deferred schedules act in the last fifth "
            + "of the epochs. The second stages (crt, lws) train for")
            .AppendLine(Culture, $"{Trainer.StageEpochs} epochs of class-balanced batches on the features of the cross-entropy network of the same seed; "
            + $"tau-norm only rescales its last layer; M2m translates with 5 steps of length 0.5. In brackets: standard errors over {Plan.Seeds} seeds.")
            .AppendLine();
        foreach (Profile profile in Enum.GetValues<Profile>())
            foreach (int ratio in (int[])[100, 50, 10])
                Section(text, results, profile, ratio);
        Peer(text, results, peer);
        text.AppendLine("## What surprises").AppendLine()
            .AppendLine("- `mixup` and `remix` are below plain cross entropy because ten epochs are too few for mixtures: with 30 epochs (seed 0 of the "
            + "exponential tail of ratio 100) mixup has 0.824 where cross entropy")
            .AppendLine("  has 0.827. Their papers train for 200 epochs and more.")
            .AppendLine("- `m2m` is `deferred-resampling` to the last digit on the step of ratio 100: after ten epochs the trained network gives its own "
            + "training rows of the rare classes a probability of 0.3, and none of")
            .AppendLine("  the moved rows reaches the 0.9 from which they are kept. Thirty steps instead of five reach 0.78 at most.").AppendLine();
        Missing(text, results);
        text.AppendLine("## Losses of the catalogue that are not in this table").AppendLine();
        foreach ((string name, string reason) in Plan.Elsewhere) text.AppendLine(Culture, $"- `{name}`: {reason}.");
        return text.ToString();
    }

    private static void Section(StringBuilder text, Results results, Profile profile, int ratio)
    {
        (string Method, Outcome[] Runs)[] rows = [.. Methods(profile, ratio).Select(m => (m, Runs(results, profile, ratio, m))).Where(r => r.Item2.Length > 0)];
        if (rows.Length == 0) return;
        bool step = profile == Profile.Step;
        text.AppendLine(Culture,
            $"## {(step ? "Step" : "Exponential")}, ratio {ratio} "
            + $"({string.Join(", ", Enumerable.Range(0, FashionMnist.Classes).Select(c => LongTail.Count(profile, ratio, c)))})").AppendLine()
            .AppendLine(step ? "| method | top-1 | many | few | seeds |" : "| method | top-1 | many | medium | few | seeds |")
            .AppendLine(step ? "|---|---|---|---|---|" : "|---|---|---|---|---|---|");
        foreach ((string method, Outcome[] runs) in rows)
        {
            string[] parts = step ? [Part(runs, 0, 10), Part(runs, 0, 5), Part(runs, 5, 10)]
                : [Part(runs, 0, 10), Part(runs, 0, 3), Part(runs, 3, 7), Part(runs, 7, 10)];
            text.AppendLine(Culture, $"| `{method}` | {string.Join(" | ", parts)} | {runs.Length} |");
        }

        text.AppendLine();
    }

    private static void Peer(StringBuilder text, Results results, Results peer)
    {
        if (peer.Count == 0) return;
        text.AppendLine("## Beside PyTorch").AppendLine()
            .AppendLine("    OMP_NUM_THREADS=1 python3 bench/peers/longtail.py bench/longtail/peer.csv [MINUTES]").AppendLine()
            .AppendLine("The same network, rows, rates and epochs, written plainly in PyTorch 1.13 (OpenBLAS), with the losses as their papers' "
            + "repositories have them; only the random numbers differ. One thread each. The time of an epoch")
            .AppendLine("is in processor seconds, of the fastest training of each: other work on the machine takes no processor time of a training, but it "
            + "takes of its cache. The trainings of seed 0 ran side by side, on a processor each.").AppendLine()
            .AppendLine("| exponential, ratio 100 | Counterweight | PyTorch | difference in its standard errors | s an epoch | PyTorch | seeds of PyTorch |")
            .AppendLine("|---|---|---|---|---|---|---|");
        foreach (string method in Plan.Main)
        {
            Outcome[] own = Runs(results, Profile.Exponential, 100, method), other = Runs(peer, Profile.Exponential, 100, method);
            if (own.Length == 0 || other.Length == 0) continue;
            (double a, double ea) = Mean(own, 0, 10);
            (double b, double eb) = Mean(other, 0, 10);
            double errors = (a - b) / Math.Sqrt((ea * ea) + (eb * eb));
            text.AppendLine(Culture,
                $"| `{method}` | {Part(own, 0, 10)} | {Part(other, 0, 10)} | {(double.IsFinite(errors) ? errors.ToString("+0.0;-0.0", Culture) : "")} | "
                + $"{Seconds(own):0.00} | {Seconds(other):0.00} | {other.Length} |");
        }

        text.AppendLine();
    }

    private static void Missing(StringBuilder text, Results results)
    {
        Training[] missing = [.. Plan.All.Where(t => results[t] is null)];
        if (missing.Length == 0)
        {
            text.AppendLine("## Not trained yet").AppendLine().AppendLine(Culture, $"Nothing: all {Plan.All.Count} trainings are done.").AppendLine();
            return;
        }

        text.AppendLine("## Not trained yet").AppendLine().AppendLine(Culture, $"{Plan.All.Count - missing.Length} of {Plan.All.Count} trainings are done.")
            .AppendLine();
        foreach (IGrouping<(Profile, int), Training> group in missing.GroupBy(t => (t.Profile, t.Ratio)))
            text.AppendLine(Culture,
                $"- {group.Key.Item1}, ratio {group.Key.Item2}: "
                + $"{string.Join(", ", group.GroupBy(t => t.Method).Select(m => $"`{m.Key}` ({m.Count()} of {Plan.Seeds} seeds)"))}.");
        text.AppendLine();
    }

    private static string[] Methods(Profile profile, int ratio) =>
        [.. Plan.All.Where(t => t.Profile == profile && t.Ratio == ratio).Select(t => t.Method).Distinct()];

    private static Outcome[] Runs(Results results, Profile profile, int ratio, string method) =>
        [.. Enumerable.Range(0, Plan.Seeds).Select(seed => results[new(profile, ratio, method, seed)]).OfType<Outcome>()];

    private static (double Mean, double Error) Mean(Outcome[] runs, int from, int to)
    {
        double[] values = [.. runs.Select(r => r.Recalls[from..to].Average())];
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length));
    }

    private static string Part(Outcome[] runs, int from, int to)
    {
        (double mean, double error) = Mean(runs, from, to);
        return runs.Length > 1 ? string.Create(Culture, $"{mean:0.000} ({error:0.000})") : mean.ToString("0.000", Culture);
    }

    private static double Seconds(Outcome[] runs) => runs.Min(r => r.EpochSeconds);
}
