"""Template tags of people on missions."""
