"""Cosigning the heads of others, collecting cosignatures, dating by them, and evidence of forks."""
