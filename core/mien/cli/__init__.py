"""The command line: one module per subcommand, each a function with typed arguments."""
