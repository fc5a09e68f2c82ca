using System.Globalization;

namespace Counterweight.LongTail;

/// <summary>One training: what was trained, and what came out.</summary>
internal sealed record Training(Profile Profile, int Ratio, string Method, int Seed);

/// <summary>The finished trainings, a line each in a file that is appended to: a stopped bench goes on where it was.</summary>
internal sealed class Results
{
    private const string Header =
        "profile,ratio,method,seed,epoch-seconds,recall-0,recall-1,recall-2,recall-3,recall-4,recall-5,recall-6,recall-7,recall-8,recall-9";
    private readonly string file;
    private readonly Dictionary<Training, Outcome> done = [];

    internal Results(string file)
    {
        this.file = file;
        if (!File.Exists(file)) return;
        foreach (string[] fields in File.ReadLines(file).Skip(1).Select(l => l.Split(',')).Where(f => f.Length == Header.Split(',').Length))
            done[new(Enum.Parse<Profile>(fields[0], ignoreCase: true), int.Parse(fields[1], CultureInfo.InvariantCulture), fields[2],
                int.Parse(fields[3], CultureInfo.InvariantCulture))] =
                new([.. fields[5..].Select(v => double.Parse(v, CultureInfo.InvariantCulture))], double.Parse(fields[4], CultureInfo.InvariantCulture));
    }

    internal Outcome? this[Training training] => done.GetValueOrDefault(training);

    internal int Count => done.Count;

    internal void Add(Training training, Outcome outcome)
    {
        done[training] = outcome;
        if (!File.Exists(file)) File.WriteAllText(file, Header + "\n");
        string[] fields = [training.Profile == Profile.Step ? "step" : "exponential", training.Ratio.ToString(CultureInfo.InvariantCulture), training.Method,
            training.Seed.ToString(CultureInfo.InvariantCulture),
            .. outcome.Recalls.Prepend(Math.Round(outcome.EpochSeconds, 3)).Select(v => v.ToString("R", CultureInfo.InvariantCulture))];
        File.AppendAllText(file, string.Join(',', fields) + "\n");
    }
}
