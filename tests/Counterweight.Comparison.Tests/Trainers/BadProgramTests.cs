using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

/// <summary>Programs that get something wrong: the message names the fit, the log and what to do, and nothing is left running.</summary>
public class BadProgramTests
{
    private static string Fault(Programs programs, ExternalTrainer trainer, TrainerSettings? settings = null)
    {
        TrainerException failed = Assert.Throws<TrainerException>(() => RemedyComparison.Run(
            programs.Data, programs.Options(trainer) with { TrainerSettings = settings ?? programs.Settings with { FitRetries = 0 } }));
        Assert.Contains($"Fit {trainer.Name}-none-r0f0-", failed.Message, StringComparison.Ordinal);
        return failed.Message;
    }

    [Theory]
    [InlineData("exits", "echo sorry >&2; exit 3", "exit code 3", "sorry", "log.txt")]
    [InlineData("dies", "kill -9 $$", "signal 9", "lack of memory", "log.txt")]
    [InlineData("forgets", "exit 0", "wrote no scores", "scores.npy", "log.txt")]
    [InlineData("late", "(sleep 60; echo row,0,1 > \"$(dirname \"$COUNTERWEIGHT_JOB\")/scores.csv\") &", "wrote no scores", "waits for them", "log.txt")]
    [InlineData("half", "printf '\\223NUMPY\\001\\000v\\000{' > \"$(dirname \"$COUNTERWEIGHT_JOB\")/scores.npy\"", "half written", "scores.npy", "log.txt")]
    [InlineData("nonsense", "echo hello > \"$(dirname \"$COUNTERWEIGHT_JOB\")/scores.npy\"", "no column 'row'", "hello", "log.txt")]
    public void WhatIsWrongIsSaid(string name, string script, params string[] says)
    {
        using var programs = new Programs();
        string message = Fault(programs, programs.Of(name, script));
        Assert.All(says, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("s/^\\([0-9]*\\),.*/\\1,nan,nan/", "NaN")]
    [InlineData("$d", "has no scores")]
    [InlineData("$p", "is there twice")]
    [InlineData("1s/0,1/0,one/", "no column for class '1'")]
    [InlineData("$s/^[0-9]*/999999/", "neither a validation nor a test row")]
    public void EveryFaultOfTheScoresIsSaid(string edit, string says)
    {
        using var programs = new Programs();
        string message = Fault(programs, programs.Awkward("edited", "", $"sed -i '{edit}' \"$(field scores)\""));
        // A file whose cells are the word nan is refused by its reader, one of empty cells by the scores' own check: both name the row.
        Assert.Contains(says, message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void ScoresOfTheWrongWidthAreSaid()
    {
        using var programs = new Programs();
        Npy.Write(programs["wide.npy"], new double[140 * 3], 140, 3);
        string message = Fault(programs, programs.Of("wide", $"cp {programs["wide.npy"]} \"$(dirname \"$COUNTERWEIGHT_JOB\")/scores.npy\""));
        Assert.Contains("140 rows (40 of validation, then 100 of test) x 2 classes are expected", message, StringComparison.Ordinal);
        Assert.Contains("Give a column to every class", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownProtocolShouldBeRefused()
    {
        using var programs = new Programs();
        TrainerFinding Of(ExternalTrainer trainer) =>
            TrainerCheck.Run(programs.Data, trainer, programs.Settings).Single(f => f.Name == "an unknown protocol");
        Assert.Equal(TrainerFindingKind.Ok, Of(programs.Awks).Outcome);
        ExternalTrainer careless = programs.Awkward("careless", "sed -i 's/\"protocol\": .*/\"protocol\": 1,/' \"$COUNTERWEIGHT_JOB\"");
        Assert.Equal(TrainerFindingKind.Note, Of(careless).Outcome);
    }

    [Fact]
    public void WhatCannotBeStartedIsSaid()
    {
        using var programs = new Programs();
        Assert.Contains("no such program", Fault(programs, new ExternalTrainer("gone", "no-such-program-anywhere train.py")), StringComparison.Ordinal);
        Assert.Contains("is a folder", Fault(programs, new ExternalTrainer("folder", "/usr/bin/")), StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => ExternalTrainer.Parse("python 'train.py"));
    }

    [Fact]
    public void AFailureIsTriedAgainAndATrainingThatWorksThenCounts()
    {
        using var programs = new Programs();
        ExternalTrainer shaky = programs.Awkward("shaky", "once=\"$COUNTERWEIGHT_JOB.once\"; [ -e \"$once\" ] || { touch \"$once\"; echo first >&2; exit 1; }");
        ComparisonResult result = RemedyComparison.Run(programs.Data, programs.Options(shaky));
        Assert.All(result.Candidates, c => Assert.Equal(CandidateStatus.Done, c.Status));
        Assert.Contains("exit code 1", Fault(programs, programs.Awkward("shaky2", "exit 1")), StringComparison.Ordinal);
    }

    [Fact]
    public void AFitThatTakesTooLongIsEnded()
    {
        using var programs = new Programs();
        string message = Fault(programs, programs.Of("slow", "sleep 100"), programs.Settings with { FitTimeout = TimeSpan.FromSeconds(0.5), FitRetries = 0 });
        Assert.Contains("--fit-timeout 0.5 s", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALauncherGoesFirstAndItsDelayIsWaitedFor()
    {
        using var programs = new Programs();
        // As on a shared file system: the scores are seen a moment after the launcher came back.
        ExternalTrainer _ = programs.Of("launch", "scores=$(sed -n 's/.*\"scores\": \"\\(.*\\)\".*/\\1/p' \"$COUNTERWEIGHT_JOB\"); \"$@\"; code=$?; "
            + "mv \"$scores\" \"$scores.tmp\"; (sleep 1; mv \"$scores.tmp\" \"$scores\") > /dev/null 2>&1 < /dev/null & "
            + "setsid sh -c 'sleep 1; [ -e \"$0.tmp\" ] && mv \"$0.tmp\" \"$0\"' \"$scores\" > /dev/null 2>&1 < /dev/null & sleep 0.1; exit $code");
        ComparisonResult result = RemedyComparison.Run(programs.Data, programs.Options(programs.Awks) with
        {
            TrainerSettings = programs.Settings with { Launcher = $"/bin/sh {programs["launch.sh"]}", Jobs = 2 },
            Remedies = Remedy.ParseList("none,weights:balanced"),
        });
        Assert.All(result.Candidates, c => Assert.Equal(CandidateStatus.Done, c.Status));
    }

    [Fact]
    public void TwoComparisonsInOneFolderAreRefusedAndSoIsAnotherCommandUnderOneName()
    {
        using var programs = new Programs();
        using var kept = new TempFiles();
        TrainerSettings settings = programs.Settings with { Folder = kept["run"] };
        using (new TrainerFits(programs.Data, settings, 1, null, [programs.Awks]))
            Assert.Contains("Another comparison uses this folder", Assert.Throws<UnusableDataException>(
                () => RemedyComparison.Run(programs.Data, programs.Options(programs.Awks) with { TrainerSettings = settings })).Message,
                    StringComparison.Ordinal);
        Assert.Contains("their fits would be mixed", Assert.Throws<UnusableDataException>(() => RemedyComparison.Run(
            programs.Data, programs.Options(new ExternalTrainer("awk", "sh other.sh")) with { TrainerSettings = settings })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnInterruptionEndsTheProgramsAndKeepsWhatIsFinished()
    {
        using var programs = new Programs();
        using var kept = new TempFiles();
        ExternalTrainer waits = programs.Awkward("waits", "grep -q weights \"$COUNTERWEIGHT_JOB\" && grep -q '\"classWeights\": \\[' \"$COUNTERWEIGHT_JOB\" && "
            + $"{{ echo $$ > {programs["pid"]}; sleep 100; }}");
        using var cancel = new CancellationTokenSource();
        ComparisonOptions options = programs.Options(waits) with { TrainerSettings = programs.Settings with { Folder = kept["run"] } };
        Task<ComparisonResult> run = Task.Run(() => RemedyComparison.Run(programs.Data, options, cancellation: cancel.Token),
            TestContext.Current.CancellationToken);
        for (int turn = 0; turn < 600 && !File.Exists(programs["pid"]); turn++) Thread.Sleep(50);
        Thread.Sleep(100);
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => run.GetAwaiter().GetResult());
        Assert.True(ProgramRunnerTests.IsGone(int.Parse(File.ReadAllText(programs["pid"]), System.Globalization.CultureInfo.InvariantCulture)));
        Assert.NotEmpty(Directory.GetFiles(kept["run"], "finished.json", SearchOption.AllDirectories));
    }
}
