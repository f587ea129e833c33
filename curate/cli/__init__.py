"""The command line: group, exit codes, shared options, one file a command. A command parses, calls, renders."""
