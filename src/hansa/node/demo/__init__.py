"""The demo: a scenario plays on a served home while visitors take any chair and act beside it."""
