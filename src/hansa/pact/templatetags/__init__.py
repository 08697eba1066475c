"""Words and marks of the pact for templates."""
