"""The pact: its charter, its members and their officers, calls for aid, duties and answers.

Start in `records`: everything that can be said. `rules` answers questions about what was said.
Other parts may import this one, and no other.
"""
