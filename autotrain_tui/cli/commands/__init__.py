"""One module per verb of the command line: `add_options(parser, verb)` and `run(options) -> int`."""
