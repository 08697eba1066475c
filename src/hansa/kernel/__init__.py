"""What is said, by whom, and how it is kept. Knows no domain.

Read `record` for how a kind is declared, `fold` for what a record means, `log` for how it
becomes durable, and `say` for the one door by which anything is said.
"""
