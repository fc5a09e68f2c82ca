using Counterweight.Cli;

return CommandLine.Run(args);
