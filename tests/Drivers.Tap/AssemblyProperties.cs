// One test at a time: a program that another test starts holds, between its fork and its exec, a copy of every open TAP,
// which is then still busy after it was closed here.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
