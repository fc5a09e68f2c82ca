using System.Diagnostics;
using CsCheck;

namespace Counterweight.Comparison.Tests;

public class CommandWordsTests
{
    [Theory]
    [InlineData("python train.py", "python|train.py")]
    [InlineData("  a\t b\n c ", "a|b|c")]
    [InlineData("'two words' \"and three more\"", "two words|and three more")]
    [InlineData("a\\ b '' \"\"", "a b||")]
    [InlineData("x'y'\"z\"", "xyz")]
    [InlineData("\"a\\\"b\\$c\\d\" 'e\\f'", "a\"b$c\\d|e\\f")]
    [InlineData("a $HOME *.py ; b | c", "a|$HOME|*.py|;|b|||c")]
    public void WordsAreThoseOfAShell(string command, string words) => Assert.Equal(words, string.Join('|', CommandWords.Split(command)));

    [Theory]
    [InlineData("python 'train.py", "not closed")]
    [InlineData("python \"train.py", "not closed")]
    [InlineData("python \\", "backslash")]
    [InlineData("  ", "empty")]
    public void WhatIsNoCommandIsRefused(string command, string says) =>
        Assert.Contains(says, Assert.Throws<FormatException>(() => CommandWords.Split(command)).Message, StringComparison.Ordinal);

    /// <summary>The shell itself is the judge: whatever it splits a line without expansions into.</summary>
    [Fact]
    public void WordsAreThoseOfTheShellOfThisMachine()
    {
        if (OperatingSystem.IsWindows()) return;
        Gen.Char["ab'\"\\ \t"].Array[1, 14].Select(c => new string(c)).Sample(command =>
        {
            string[]? own = null;
            try
            {
                own = CommandWords.Split(command);
            }
            catch (FormatException)
            {
            }

            (int code, string said) = Shell($"printf '<%s>' {command}");
            if (own is null) return;
            Assert.Equal(0, code);
            Assert.Equal(string.Concat(own.Select(w => $"<{w}>")), said);
        }, iter: 60);
    }

    [Theory]
    [InlineData("python train.py --lr=0.1", "train", "python train.py --lr=0.1")]
    [InlineData("net=python train.py", "net", "python train.py")]
    [InlineData("Rscript /x/fit.model.R", "fit.model", "Rscript /x/fit.model.R")]
    [InlineData("python3.11 -u gbdt.py", "my-gbdt", "python3.11 -u gbdt.py")]
    [InlineData("./run-it", "run-it", "./run-it")]
    public void ATrainerIsNamedByItsScriptUnlessItHasAName(string text, string name, string command)
    {
        ExternalTrainer trainer = ExternalTrainer.Parse(text);
        Assert.Equal((name, command), (trainer.Name, trainer.Command));
    }

    [Fact]
    public void TheJobTakesItsPlaceInTheWordsAndTheLauncherGoesFirst() =>
        Assert.Equal(["srun", "-n1", "python", "t.py", "--job=/a b/job.json"], ExternalTrainer.Parse("python t.py '--job={job}'").Words("srun -n1",
            "/a b/job.json"));

    private static (int Code, string Output) Shell(string line)
    {
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", line]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
