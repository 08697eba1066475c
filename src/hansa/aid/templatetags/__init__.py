"""Aid's own marks and words for templates."""
