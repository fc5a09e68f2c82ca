using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Counterweight.Cli.Tests;

/// <summary>Chromium without a network, shared by the tests of a class.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Arguments =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync",
    ];

    private static readonly string[] Places =
    [
        "/usr/bin/chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe", @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];

    private IPlaywright? playwright;
    private IBrowser? browser;

    private string? missing;

    /// <summary>Where Chromium is: CHROME_PATH, else a usual place, else the PATH; null if there is none.</summary>
    /// <exception cref="InvalidOperationException">CHROME_PATH names no file: a wrong setting is no missing browser.</exception>
    internal static string? Find(string? chromePath, string? path)
    {
        if (!string.IsNullOrEmpty(chromePath))
            return File.Exists(chromePath) ? chromePath
                : throw new InvalidOperationException($"CHROME_PATH is {chromePath}, and there is no such file. The tests of the report need Chromium.");
        string[] names = OperatingSystem.IsWindows() ? ["chrome.exe", "msedge.exe"] : ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        IEnumerable<string> onPath = (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name)));
        return Places.Concat(onPath).FirstOrDefault(File.Exists);
    }

    public async ValueTask InitializeAsync()
    {
        string? chromium = Find(Environment.GetEnvironmentVariable("CHROME_PATH"), Environment.GetEnvironmentVariable("PATH"));
        missing = chromium is null
            ? "There is no Chromium on this machine: build/setup.sh installs it where the system allows it; CHROME_PATH names one elsewhere." : null;
        if (chromium is null) return;
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Arguments, Timeout = 120_000 });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }

    /// <summary>A window of its own; the test is skipped where there is no browser.</summary>
    internal async Task<IBrowserContext> Context(int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        Assert.SkipWhen(missing is not null, missing ?? "");
        IBrowserContext context = await browser!.NewContextAsync(
            new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme, AcceptDownloads = true });
        context.SetDefaultTimeout(120_000);
        return context;
    }

    /// <summary>Opens a report; every request but the one for its file fails.</summary>
    internal async Task<OpenReport> Open(string file, int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        IBrowserContext context = await Context(width, scheme);
        string address = new Uri(file).AbsoluteUri;
        var problems = new ConcurrentQueue<string>();
        await context.RouteAsync("**/*", route =>
        {
            if (route.Request.Url == address) return route.ContinueAsync();
            problems.Enqueue($"request of {route.Request.Url}");
            return route.AbortAsync();
        });
        await context.SetOfflineAsync(true);
        IPage page = await context.NewPageAsync();
        page.Console += (_, message) => problems.Enqueue($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => problems.Enqueue(error);
        await page.GotoAsync(address);
        await page.Locator(".chart").First.ScrollIntoViewIfNeededAsync();
        await page.Locator("[data-drawn]").First.WaitForAsync();
        return new(context, page, problems);
    }
}

/// <summary>A report in the browser, and whatever went wrong there.</summary>
internal sealed record OpenReport(IBrowserContext Context, IPage Page, ConcurrentQueue<string> Problems) : IAsyncDisposable
{
    internal async Task DrawAll()
    {
        foreach (ILocator chart in await Page.Locator(".chart").AllAsync())
        {
            await chart.ScrollIntoViewIfNeededAsync();
            await Page.WaitForFunctionAsync("id => document.getElementById(id).dataset.drawn === 'yes'", await chart.GetAttributeAsync("id"));
        }
    }

    internal Task OpenTables() => Page.EvaluateAsync("() => { for (const d of document.querySelectorAll('details')) d.open = true; }")
        .ContinueWith(_ => Page.WaitForFunctionAsync("() => [...document.querySelectorAll('details')].every(d => d.querySelector('table'))"),
            TaskScheduler.Default).Unwrap();

    /// <summary>The cells of a table as the page holds them: numbers in full, texts as they are.</summary>
    internal async Task<string[][]> Table(string id) =>
        (await Page.EvaluateAsync<string[][]>("id => [...document.querySelectorAll('#table-' + id + ' tbody tr')].map(r => [...r.children].map(c => "
        + "c.dataset.value ?? c.textContent))", id))!;

    internal Task<bool> FitsItsWidth() => Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth");

    public ValueTask DisposeAsync() => Context.DisposeAsync();
}
