"""The command line: `plastream`."""
