"""Which key may sign which part of a log: key documents, signed offline by root keys."""
