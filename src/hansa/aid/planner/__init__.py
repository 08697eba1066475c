"""What to send where: a frozen Problem in, a Plan with its proof out. No clock, no database, no Django.

problem  what is there, what is needed, and what binds
plan     who sends what to whom, what it costs, and the prices that prove it
"""
