"""Aid problems for measuring planners: a generator with seeds, and a file format with proven optima (see README.md)."""
