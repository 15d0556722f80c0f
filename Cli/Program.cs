using NetStack.Cli;

return await NetstackCommand.RunAsync(args).ConfigureAwait(false);
