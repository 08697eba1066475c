"""The demo of many nodes: each member's node a process of its own, one director who plays a scenario across them."""
