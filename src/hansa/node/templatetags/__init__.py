"""What the demo's templates ask."""
