using NetStack.Cli;

return await CommandTree.RunAsync(args).ConfigureAwait(false);
