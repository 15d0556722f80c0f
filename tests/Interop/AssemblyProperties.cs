// One test at a time: each starts programs that want the whole machine, and some measure what a program leaves behind.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
