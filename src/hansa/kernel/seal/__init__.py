"""Records for some and not for all: audiences, their epochs and keys."""
