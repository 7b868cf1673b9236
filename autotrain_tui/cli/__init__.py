"""The command line: words become calls, one module a verb in `commands/`."""
