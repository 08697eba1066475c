"""What templates about missions may use."""
