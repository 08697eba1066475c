"""How nodes exchange logs: pulling, serving, carrying by hand, and what is known of each peer."""
