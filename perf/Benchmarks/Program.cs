using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using NetStack.Benchmarks;
using Perfolizer.Horology;

// In this process: the projects that BenchmarkDotNet would generate know nothing of the repository's settings.
BenchmarkSwitcher.FromAssembly(typeof(ProcessorClock).Assembly).Run(
    args,
    ManualConfig.Create(DefaultConfig.Instance)
        .AddJob(Job.Default
            .WithClock(new ProcessorClock())
            .WithToolchain(new InProcessEmitToolchain(TimeSpan.FromMinutes(10), logOutput: true))
            .WithWarmupCount(4)
            .WithIterationCount(16)
            .WithIterationTime(TimeInterval.FromMilliseconds(100)))
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumn(StatisticColumn.Min)
        .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "results")));
