"""Measured speed, each figure beside this machine's own limit. Run it with `make bench`."""
