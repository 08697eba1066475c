"""The command line, derived from the record kinds."""
