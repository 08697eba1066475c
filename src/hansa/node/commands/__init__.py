"""What `hansa` can be asked at a terminal, one module a command."""
