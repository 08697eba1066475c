"""The HTTP API, derived from the record kinds."""
