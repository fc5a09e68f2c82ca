using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Onnx;
using Counterweight.TestSupport;
using Microsoft.Playwright;

namespace Counterweight.Cli.Tests;

/// <summary>samples/browser in Chromium: what its page decides is what 'predict' decides.</summary>
public sealed class BrowserSampleTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private static readonly string Address = $"http://localhost:{FreePort()}/";
    private static readonly string Folder = Path.Combine(Repository.Root, "samples", "browser");

    private readonly TempFiles files = new();
    private readonly ConcurrentQueue<string> problems = new();
    private readonly HttpListener server = new();

    public void Dispose()
    {
        server.Close();
        files.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [Theory]
    [InlineData("linear", "calibrate:isotonic+threshold:bayes")]
    [InlineData("mlp", "none")]
    [InlineData("gbdt", "ensemble:balanced-forest(members=20)+threshold:tuned")]
    public async Task A_table_with_gaps_dates_and_unseen_categories_is_decided_as_by_predict(string learner, string remedy)
    {
        string rows = files.Write("rows.csv", Rows(600));
        Dataset data = DatasetReader.Read(rows, "class");
        using (TrainedClassifier trained = TrainedClassifier.Fit(data, learner, Remedy.Parse(remedy), new() { Threads = 1, InnerFolds = 2 }))
        {
            trained.Save(files["model"]);
            OnnxExport.Save(trained, files["model.onnx"], [data.Columns], threads: 1);
        }

        string more = files.Write("new.csv", File.ReadAllText(rows)
            + "0.5,never seen,2027-03-01 06:00:00,yes\n,\"\",,no\nNA,\"b, \"\"c\"\" ü\",2026-01-01,no\n");
        await using IBrowserContext context = await Open(390, ColorScheme.Dark);
        IPage page = await Page(context, "?model=model.onnx");
        await Compare(page, more);
        Assert.Empty(problems);
    }

    [Fact]
    public async Task What_the_readme_says_works_in_the_page_and_errors_are_said_there()
    {
        string data = Path.Combine(Repository.Root, "samples", "hpc-jobs.csv");
        foreach (string line in Commands())
        {
            string[] arguments = [.. line.Split(' ').Skip(1).Select(a => a.Replace("samples/browser", files.Folder, StringComparison.Ordinal))];
            ToolResult run = Tool.Run([.. arguments.Select(a => a == "model" ? files["model"] : a)]);
            Assert.True(run.Code == 0, run.Error);
        }

        await using IBrowserContext context = await Open(1280, ColorScheme.Light);
        IPage page = await Page(context, "");
        await page.SetInputFilesAsync("#model", files["model.onnx"]);
        await Compare(page, data);

        // A row by hand: the first of the file.
        string[] names = File.ReadLines(data).First().Split(','), first = File.ReadLines(data).ElementAt(1).Split(',');
        for (int c = 0; c < names.Length; c++)
        {
            ILocator field = page.Locator($"[name='{names[c].Trim('"')}']");
            if (await field.CountAsync() == 0) continue;
            if (await field.EvaluateAsync<string>("e => e.tagName") == "SELECT") await field.SelectOptionAsync(first[c].Trim('"'));
            else await field.FillAsync(first[c]);
        }

        string expected = Predicted(data)[1].Split(',')[0];
        await page.WaitForFunctionAsync("expected => document.getElementById('decided').textContent === expected", expected);
        Assert.Empty(problems);

        await page.SetInputFilesAsync("#rows", files.Write("short.csv", "protocol,compounds\nA,1\n"));
        await Said(page, "no column 'input_fields'");
        await page.SetInputFilesAsync("#rows", files.Write("text.csv",
            "protocol,compounds,input_fields,iterations,num_pending,hour,day\nA,1,1,1,1,1,Mon\nA,many,1,1,1,1,Mon\n"));
        await Said(page, "Row 2, column 'compounds': 'many' is no number");
        await page.SetInputFilesAsync("#model", data);
        await Said(page, "no ONNX file");
    }

    private static Task<IJSHandle> Said(IPage page, string text) =>
        page.WaitForFunctionAsync("text => document.getElementById('problem').textContent.includes(text)", text);

    /// <summary>The commands of the page of the sample.</summary>
    private static string[] Commands()
    {
        string[] commands = [.. File.ReadAllLines(Path.Combine(Folder, "README.md")).Where(l => l.StartsWith("$ counterweight ", StringComparison.Ordinal))
            .Select(l => l[2..])];
        Assert.Equal(2, commands.Length);
        return commands;
    }

    private async Task<IBrowserContext> Open(int width, ColorScheme scheme)
    {
        Assert.SkipUnless(File.Exists(Path.Combine(Folder, "node_modules", "onnxruntime-web", "package.json")),
            "onnxruntime-web is not installed in samples/browser: build/setup.sh installs it where there is npm.");
        IBrowserContext context = await browser.Context(width, scheme);
        if (server.IsListening) return context;
        server.Prefixes.Add(Address);
        server.Start();
        _ = Serve();
        return context;
    }

    /// <summary>A server of the files of the sample, and of the model.</summary>
    private async Task Serve()
    {
        while (server.IsListening)
        {
            HttpListenerContext asked = await server.GetContextAsync();
            string name = asked.Request.Url!.AbsolutePath.TrimStart('/');
            string path = name == "model.onnx" ? files[name] : Path.Combine(Folder, name.Length == 0 ? "index.html" : name);
            if (File.Exists(path))
            {
                asked.Response.ContentType = Path.GetExtension(path) switch
                {
                    ".html" => "text/html",
                    ".js" or ".mjs" => "text/javascript",
                    ".wasm" => "application/wasm",
                    _ => "application/octet-stream",
                };
                asked.Response.Close(await File.ReadAllBytesAsync(path), willBlock: false);
                continue;
            }

            if (name != "favicon.ico") problems.Enqueue($"request of {name}");
            asked.Response.StatusCode = name == "favicon.ico" ? 204 : 404;
            asked.Response.Close();
        }
    }

    private async Task<IPage> Page(IBrowserContext context, string query)
    {
        IPage page = await context.NewPageAsync();
        page.Console += (_, message) => problems.Enqueue($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => problems.Enqueue(error);
        await page.GotoAsync(Address + query);
        return page;
    }

    private string[] Predicted(string rows)
    {
        ToolResult run = Tool.Run("predict", files["model"], rows, "--probabilities", "--quiet");
        Assert.True(run.Code == 0, run.Error);
        return [.. run.Output.ReplaceLineEndings("\n").TrimEnd().Split('\n')];
    }

    /// <summary>The file that the page offers is that of 'predict', but for the last digits of probabilities.</summary>
    private async Task Compare(IPage page, string rows)
    {
        await page.WaitForFunctionAsync("() => !document.getElementById('one').hidden || document.getElementById('problem').textContent");
        Assert.Equal("", await page.TextContentAsync("#problem"));
        Assert.Empty(problems);
        await page.SetInputFilesAsync("#rows", rows);
        await page.Locator("#scored").WaitForAsync();
        Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), "The page is wider than its window.");
        IDownload download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("#scored"));
        await download.SaveAsAsync(files["scored.csv"]);
        string[] found = File.ReadAllText(files["scored.csv"]).ReplaceLineEndings("\n").TrimEnd().Split('\n'), expected = Predicted(rows);
        Assert.Equal((expected.Length, expected[0]), (found.Length, found[0]));
        for (int i = 1; i < found.Length; i++)
        {
            string[] a = expected[i].Split(','), b = found[i].Split(',');
            Assert.Equal(a[0], b[0]);
            for (int c = 1; c < a.Length; c++)
                Assert.Equal(double.Parse(a[c], CultureInfo.InvariantCulture), double.Parse(b[c], CultureInfo.InvariantCulture), 1e-6);
        }
    }

    private static string Rows(int rows)
    {
        var random = new SeededRandom(5);
        var text = new StringBuilder("x,kind,when,class\n");
        for (int i = 0; i < rows; i++)
        {
            double x = random.NextGaussian() + (i % 5 == 0 ? 2 : 0);
            string kind = i % 7 == 0 ? "" : i % 3 == 0 ? "a" : "\"b, \"\"c\"\" ü\"", number = i % 11 == 0 ? "" : x.ToString("R", CultureInfo.InvariantCulture);
            string when = i % 13 == 0 ? "" : $"2026-0{1 + (i % 5)}-{1 + (i % 28):00} 0{i % 10}:{i % 60:00}:00";
            text.Append(CultureInfo.InvariantCulture, $"{number},{kind},{when},{(i % 5 == 0 ? "yes" : "no")}\n");
        }

        return text.ToString();
    }
}
