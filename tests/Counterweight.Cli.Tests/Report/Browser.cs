using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Counterweight.Cli.Tests;

/// <summary>Chromium without a network, shared by the tests of the report.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Arguments =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync",
    ];

    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>Where Chromium is: CHROME_PATH, else /usr/bin/chromium, else chromium on the PATH.</summary>
    internal static string Find(string? chromePath, string? path)
    {
        if (!string.IsNullOrEmpty(chromePath))
            return File.Exists(chromePath) ? chromePath
                : throw new InvalidOperationException($"CHROME_PATH is {chromePath}, and there is no such file. The tests of the report need Chromium.");
        string[] places = ["/usr/bin/chromium",
            .. (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, "chromium"))];
        return places.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("The tests of the report need Chromium: install it (apt-get install chromium), or name its file in "
            + "CHROME_PATH.");
    }

    public async ValueTask InitializeAsync()
    {
        string chromium = Find(Environment.GetEnvironmentVariable("CHROME_PATH"), Environment.GetEnvironmentVariable("PATH"));
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Arguments, Timeout = 120_000 });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }

    /// <summary>Opens a report; every request but the one for its file fails.</summary>
    internal async Task<OpenReport> Open(string file, int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        IBrowserContext context = await browser!.NewContextAsync(
            new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme, AcceptDownloads = true });
        context.SetDefaultTimeout(120_000);
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
