"""Marks of planning."""
