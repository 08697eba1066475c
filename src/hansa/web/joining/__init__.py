"""Joining a pact on other nodes: the newcomer's letter, the member that vouches, the welcome."""
