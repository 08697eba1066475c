"""Audiences and erasures: who reads what is sealed, and who has erased what it was told to."""
