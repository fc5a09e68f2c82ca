using Counterweight.TestSupport;
using DuckDB.NET.Data;
using k8s;
using k8s.Models;

namespace Counterweight.Cli.Tests;

/// <summary>The manifest of samples/kubernetes against the types that Kubernetes' own client has from its OpenAPI schema, and what its pods do.</summary>
public sealed class KubernetesSampleTests : IDisposable
{
    private static readonly string Manifest = File.ReadAllText(Path.Combine(Repository.Root, "samples", "kubernetes", "compare.yaml"));

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void It_is_a_job_by_the_schema_that_Kubernetes_takes()
    {
        var job = KubernetesYaml.Deserialize<V1Job>(Manifest, strict: true);
        Assert.Equal((V1Job.KubeGroup + "/" + V1Job.KubeApiVersion, V1Job.KubeKind), (job.ApiVersion, job.Kind));
        Assert.NotEmpty(job.Metadata.Name);
        V1PodSpec pod = job.Spec.Template.Spec;

        // What the server asks beyond the schema: a limit per index is for indexed jobs whose pods are not restarted in place.
        Assert.Equal(("Indexed", "Never"), (job.Spec.CompletionMode, pod.RestartPolicy));
        Assert.NotNull(job.Spec.BackoffLimitPerIndex);
        Assert.InRange(job.Spec.Parallelism!.Value, 1, job.Spec.Completions!.Value);
        V1Container container = Assert.Single(pod.Containers);
        Assert.NotEmpty(container.Image);
        Assert.All(container.VolumeMounts, m => Assert.Contains(pod.Volumes, v => v.Name == m.Name && v.PersistentVolumeClaim is not null));

        // A word that the schema does not have, and a number where it has none, are refused.
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.Deserialize<V1Job>(Manifest.Replace("completionMode", "completionsMode"), strict: true));
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.Deserialize<V1Job>(Manifest.Replace("completions: 4", "completions: four"), strict: true));
    }

    [Fact]
    public void Its_pods_together_are_the_comparison_on_one_machine()
    {
        V1JobSpec job = KubernetesYaml.Deserialize<V1Job>(Manifest, strict: true).Spec;
        V1Container container = job.Template.Spec.Containers[0];
        Assert.Equal(["counterweight"], container.Command);
        using (var duck = new DuckDBConnection("DataSource=:memory:"))
        {
            duck.Open();
            using DuckDBCommand made = duck.CreateCommand();
            made.CommandText = "COPY (SELECT (i * 37 % 101) / 10 + CASE WHEN i % 9 = 0 THEN 4 ELSE 0 END AS a, i * 53 % 97 AS b, "
                + $"CASE WHEN i % 9 = 0 THEN 'yes' ELSE 'no' END AS y FROM range(300) t(i)) TO '{files["rows.parquet"]}' (FORMAT parquet)";
            made.ExecuteNonQuery();
        }

        // The volumes are folders here, and fewer fits are enough.
        string[] few = ["-l", "linear", "-r", "none,weights:balanced", "--folds", "2", "--repeats", "1"];
        string[] arguments = [.. container.Args.Select(a => a.Replace("/data/", files.Folder + "/").Replace("/report", files["report"])), .. few];
        Parallel.For(0, job.Completions!.Value, new ParallelOptions { MaxDegreeOfParallelism = 2 }, index =>
        {
            Dictionary<string, string> environment = container.Env.ToDictionary(e => e.Name, e => e.Value);
            environment["JOB_COMPLETION_INDEX"] = index.ToString();
            ToolResult pod = Tool.RunWith(null, environment, [.. arguments, "-q"]);
            Assert.True(pod.Code == 0, pod.Error);
        });
        ToolResult merged = Tool.Run("merge", files["report"], "--json", "-q");
        Assert.True(merged.Code == 0, merged.Error);
        string[] whole = [.. arguments.TakeWhile(a => a != "--shard"), .. few];
        Assert.Equal(Tool.Figures(Tool.Run([.. whole, "--no-racing", "--json", "-q"]).Output), Tool.Figures(merged.Output));
    }
}
