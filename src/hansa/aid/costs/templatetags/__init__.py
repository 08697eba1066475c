"""Template tags of costs."""
