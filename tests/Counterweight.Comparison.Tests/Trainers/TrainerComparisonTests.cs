using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

public class TrainerComparisonTests
{
    private static CandidateResult Of(ComparisonResult result, string remedy) => result.Candidates.Single(c => c.Candidate.Remedy.Equals(Remedy.Parse(remedy)));

    [Fact]
    public void AProgramInAwkIsComparedAsALearnerIs()
    {
        using var programs = new Programs();
        using var kept = new TempFiles();
        ComparisonResult result = RemedyComparison.Run(programs.Data, programs.Options(programs.Awks) with
        {
            TrainerSettings = programs.Settings with { Folder = kept["run"], Jobs = 2 },
            Remedies = Remedy.ParseList("none,weights:balanced,threshold:tuned,loss:focal"),
        });
        Assert.All((string[])["none", "weights:balanced", "threshold:tuned"], remedy => Assert.Equal(CandidateStatus.Done, Of(result, remedy).Status));
        Assert.Equal((CandidateStatus.Refused, "no losses in awk"), (Of(result, "loss:focal").Status, Of(result, "loss:focal").Reason));
        Assert.True(Of(result, "weights:balanced").VersusBaseline!.Mean > 0.05);
        Assert.True(Of(result, "threshold:tuned").VersusBaseline!.Mean > 0.05);
        Assert.True(result.NoiseFloors["awk"] < 0.01);

        // None and its threshold share their fits: three folds of none and of the weights, and three for the noise floor.
        string[] fits = [.. Directory.GetDirectories(Path.Combine(kept["run"], "fits")).Where(f => File.Exists(Path.Combine(f, "finished.json")))];
        Assert.Equal(3 + 3 + 3, fits.Length);
        foreach (string fit in fits)
        {
            using JsonDocument job = JsonDocument.Parse(File.ReadAllText(Path.Combine(fit, "job.json")));
            int[] train = Rows(job, "train"), validation = Rows(job, "validation"), test = Rows(job, "test");
            Assert.Equal(programs.Data.Rows, train.Length + validation.Length + test.Length);
            Assert.Equal(Enumerable.Range(0, programs.Data.Rows), train.Concat(validation).Concat(test).Order());
            Assert.Equal(train.Length, job.RootElement.GetProperty("classes").EnumerateArray().Sum(c => c.GetProperty("count").GetInt32()));
            Assert.Equal(Path.GetFileName(fit), job.RootElement.GetProperty("fit").GetString());
            Assert.True(Path.IsPathRooted(job.RootElement.GetProperty("scores").GetString()));
        }
    }

    [Fact]
    public void FinishedFitsAreNeverTrainedTwiceAndTheResultIsTheSame()
    {
        using var programs = new Programs();
        using var kept = new TempFiles();
        ExternalTrainer counted = programs.Awkward("counted", $"echo x >> {programs["runs.txt"]}");
        ComparisonOptions options = programs.Options(counted) with { TrainerSettings = programs.Settings with { Folder = kept["run"] } };
        ComparisonResult first = RemedyComparison.Run(programs.Data, options);
        int runs = File.ReadAllLines(programs["runs.txt"]).Length;
        Assert.Equal(9, runs);
        ComparisonResult again = RemedyComparison.Run(programs.Data, options with
        {
            Remedies = Remedy.ParseList("none,weights:balanced,threshold:tuned,weights:balanced+threshold:tuned,prior-corrected"),
        });
        Assert.Equal(runs, File.ReadAllLines(programs["runs.txt"]).Length);
        Assert.Equal(Of(first, "weights:balanced").FoldValues, Of(again, "weights:balanced").FoldValues);
        Assert.Equal(5, again.Candidates.Count(c => c.Status == CandidateStatus.Done));
    }

    [Fact]
    public void TheSameSeedGivesTheSameWithAnyNumberOfJobs()
    {
        using var programs = new Programs();
        ComparisonResult[] results = [.. ((int[])[1, 4]).Select(jobs => RemedyComparison.Run(
            programs.Data, programs.Options(programs.Awks) with { TrainerSettings = programs.Settings with { Jobs = jobs } }))];
        foreach (CandidateResult one in results[0].Candidates) Assert.Equal(one.FoldValues, results[1].Of(one.Candidate).FoldValues);
        Assert.Equal(results[0].NoiseFloors, results[1].NoiseFloors);
    }

    [Fact]
    public void AProgramThatIgnoresWeightsIsFoundOut()
    {
        using var programs = new Programs();
        ExternalTrainer deaf = programs.Awkward("deaf", "sed -i 's/\"remedy\": .*/\"remedy\": \"none\",/; s/\"classWeights\": \\[/\"classWeights\": null, "
            + "\"x\": [/' "
            + "\"$COUNTERWEIGHT_JOB\"");
        ComparisonResult result = RemedyComparison.Run(programs.Data, programs.Options(deaf));
        CandidateResult weights = Of(result, "weights:balanced");
        Assert.Equal((CandidateStatus.Failed, 0), (weights.Status, weights.FoldValues.Count));
        Assert.Contains("ignores it", weights.Reason, StringComparison.Ordinal);
        Assert.Contains("classWeights", weights.Reason, StringComparison.Ordinal);
        Assert.Contains(result.Warnings, w => w.Code == "ignored-remedy");
        Assert.Equal(CandidateStatus.Done, Of(result, "threshold:tuned").Status);
    }

    [Fact]
    public void ValidationFarAboveTestIsTold()
    {
        using var programs = new Programs(rows: 1200);
        // Knows the labels of the validation rows, as a program does that trains on them.
        ExternalTrainer leaking = programs.Awkward("leaking", "", """
            awk -F, -v v="$(npy "$(field validation)" | tr '\n' ' ')" '
              FILENAME == ARGV[1] { if (FNR > 1) y[FNR - 2] = $2; next }
              FNR == 1 { n = split(v, rows, " "); for (i = 1; i <= n; i++) known[rows[i]] = 1; print; next }
              { if ($1 in known) print $1 "," 1 - y[$1] "," y[$1]; else print }' "$(field file)" "$(field scores)" > "$job.leak"
            mv "$job.leak" "$(field scores)"
            """);
        ComparisonResult result = RemedyComparison.Run(programs.Data, programs.Options(leaking) with { Remedies = Remedy.ParseList("none,weights:balanced") });
        Assert.Contains(result.Warnings, w => w.Code == "leaking-validation");
        ComparisonOptions right = programs.Options(programs.Awks) with { Remedies = Remedy.ParseList("none,weights:balanced") };
        ComparisonResult honest = RemedyComparison.Run(programs.Data, right);
        Assert.DoesNotContain(honest.Warnings, w => w.Code == "leaking-validation");
    }

    [Fact]
    public void OneSplitAndSeveralSeedsAreJudged()
    {
        using var programs = new Programs(rows: 600);
        ComparisonResult result = RemedyComparison.Run(programs.Data, programs.Options(programs.Awks) with { Holdout = 0.25, Seeds = 3 });
        Assert.Equal((1, 3), (result.Options.Folds, result.Options.Repeats));
        CandidateResult weights = Of(result, "weights:balanced");
        Assert.Equal(3, weights.FoldValues.Count);
        Assert.All(weights.Judged, j => Assert.Equal(150, j.Fold.Test.Length));
        Assert.True(weights.VersusBaseline!.Low < weights.VersusBaseline.Mean && weights.VersusBaseline.Mean < weights.VersusBaseline.High);
        Assert.True(double.IsFinite(result.Recommendation.EstimateOnUnseen.Mean));
        Assert.DoesNotContain(result.Warnings, w => w.Code == "one-seed");
        Assert.Contains(RemedyComparison.Run(programs.Data, programs.Options(programs.Awks) with { Holdout = 0.25 }).Warnings, w => w.Code == "one-seed");
    }

    [Fact]
    public void ASearchGivesPartsOfTheEffort()
    {
        using var programs = new Programs();
        using var kept = new TempFiles();
        ComparisonResult result = RemedyComparison.Run(programs.Data, programs.Options(programs.Awks) with
        {
            TrainerSettings = programs.Settings with { Folder = kept["run"], Jobs = 2 },
            Remedies = [],
            Searches = [RemedySpace.Parse("weights:power(tau=0..1)")],
            SearchSize = 4,
        });
        Assert.NotEmpty(result.Searches.Single().Configurations);
        double[] shares = [.. Directory.GetFiles(kept["run"], "job.json", SearchOption.AllDirectories).Select(f =>
        {
            using JsonDocument job = JsonDocument.Parse(File.ReadAllText(f));
            Assert.Equal(200, Rows(job, "train").Length + Rows(job, "validation").Length);
            return job.RootElement.GetProperty("share").GetDouble();
        }).Distinct()];
        Assert.Contains(1, shares);
        Assert.All(shares, s => Assert.Contains(((double[])[1, 1.0 / 3, 1.0 / 9, 1.0 / 27]), known => Math.Abs(known - s) < 1e-12));
    }

    [Fact]
    public void ThePlanSaysHowManyFitsThereWouldBeAndTrainsNothing()
    {
        using var programs = new Programs();
        ExternalTrainer never = programs.Of("never", $"echo x > {programs["ran"]}");
        ComparisonPlan plan = RemedyComparison.Plan(programs.Data, programs.Options(never) with { Repeats = 2 });
        Assert.Equal((2, 6, 12, 3), (plan.Trainings, plan.Splits, plan.Fits, plan.NoiseFits));
        Assert.False(File.Exists(programs["ran"]));
    }

    [Fact]
    public void LearnersAndProgramsTakePartSideBySide()
    {
        using var programs = new Programs();
        ComparisonResult result = RemedyComparison.Run(programs.Data, programs.Options(programs.Awks) with
        {
            Learners = ["linear"],
            Remedies = Remedy.ParseList("none,weights:balanced"),
        });
        Assert.Equal(["awk", "awk", "linear", "linear"], result.Candidates.Select(c => c.Candidate.Learner).Order());
        Assert.All(result.Candidates, c => Assert.Equal(CandidateStatus.Done, c.Status));
    }

    [Fact]
    public void TheJobTakesItsPlaceInTheCommand()
    {
        using var programs = new Programs();
        ExternalTrainer exact = programs.Awkward("exact", "[ \"$2\" = \"--job=$COUNTERWEIGHT_JOB\" ] && [ \"$1\" = 'a b' ] || exit 9");
        var trainer = new ExternalTrainer("exact", $"{exact.Command} 'a b' --job={{job}}");
        ComparisonResult result = RemedyComparison.Run(programs.Data, programs.Options(trainer) with
        {
            Remedies = [Remedy.None],
            Holdout = 0.3,
        });
        Assert.All(result.Candidates, c => Assert.Equal(CandidateStatus.Done, c.Status));
    }

    [Fact]
    public void OneScoreARowIsTakenForThePositiveClassAndSaid()
    {
        using var programs = new Programs();
        ExternalTrainer bare = programs.Awkward("bare", "", "cut -d, -f1,3 \"$(field scores)\" > \"$job.one\"; mv \"$job.one\" \"$(field scores)\"");
        ComparisonOptions options = programs.Options(bare) with { Remedies = [Remedy.None], Holdout = 0.3 };
        ComparisonResult result = RemedyComparison.Run(programs.Data, options);
        Assert.Contains("class '1'", Assert.Single(result.Warnings, w => w.Code == "one-column").Message, StringComparison.Ordinal);
        Assert.Equal(
            Of(RemedyComparison.Run(programs.Data, options with { Trainers = [programs.Awks] }), "none").FoldValues.Count, Of(result, "none").FoldValues.Count);
        Assert.Contains(TrainerCheck.Run(programs.Data, bare, programs.Settings), f => f.Name == "one score a row");
    }

    [Fact]
    public void TheLastTrainingLeavesItsDecision()
    {
        using var programs = new Programs();
        using var kept = new TempFiles();
        ProgramTraining trained = ProgramTraining.Run(
            programs.Data, programs.Awks, Remedy.Parse("weights:balanced+threshold:tuned"), programs.Settings, kept["model"]);
        Assert.Equal(programs.Data.Rows, trained.TrainingRows + trained.ValidationRows);
        Assert.Equal(1, Decision.Load(Path.Combine(kept["model"], "decision.json")).Decide([0.01, 0.99]).Single());
        Assert.StartsWith("fit awk-weights-balanced", File.ReadAllText(Path.Combine(kept["model"], "log.txt")), StringComparison.Ordinal);
    }

    private static int[] Rows(JsonDocument job, string part) => [.. Npy.Read(job.RootElement.GetProperty(part).GetString()!).Values.Select(v => (int)v)];
}
