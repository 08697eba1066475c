"""Cosigning the heads of others, collecting cosignatures, dating by them, and evidence of forks.

Others import what they need from the modules: `cosigning` answers who asks us, `asking` asks others,
`collecting` keeps and hands on, `dating` says when, `evidence` keeps forks, `guard` says whether we may sign.
"""
