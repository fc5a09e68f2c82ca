namespace Counterweight.Comparison;

/// <summary>Work of the members, shared among threads of their own.</summary>
internal static class MemberFits
{
    /// <summary>Runs a body on several threads, or on this one if it is one.</summary>
    internal static void Run(int workers, Action body)
    {
        if (workers == 1) body();
        else Workers.Run(workers, body);
    }

    /// <summary>Fits members that do not depend on each other. Each gets one thread and a seed of its own, so that the result does not depend on the number of
    /// threads.</summary>
    /// <param name="members">How many.</param>
    /// <param name="options">Seed, threads and cancellation of the whole.</param>
    /// <param name="fit">Fits the member of a number with the options of that member.</param>
    internal static IModel[] FitAll(int members, FitOptions options, Func<int, FitOptions, IModel> fit)
    {
        IModel?[] models = new IModel?[members];
        int next = -1;
        bool failed = false;
        try
        {
            Run(Math.Clamp(options.Threads, 1, members), () =>
            {
                for (int i = Interlocked.Increment(ref next); i < members && !Volatile.Read(ref failed); i = Interlocked.Increment(ref next))
                {
                    try
                    {
                        options.Cancellation.ThrowIfCancellationRequested();
                        models[i] = fit(i, options with { Seed = Streams.MemberSeed(options.Seed, i), Threads = 1, Members = members });
                    }
                    catch
                    {
                        Volatile.Write(ref failed, true);
                        throw;
                    }
                }
            });
            return models!;
        }
        catch
        {
            foreach (IModel? model in models) model?.Dispose();
            throw;
        }
    }

    /// <summary>The threads of a member that is fitted alone. LibTorch's sums depend on their number, and those of boosted trees do not.</summary>
    internal static int ThreadsAlone(ILearner learner, FitOptions options) => learner is GbdtLearner ? options.Threads : 1;
}
