"""What to send where: a frozen Problem in, a Plan with its proof out. No clock, no database, no Django.

problem  what is there, what is needed, and what binds
plan     who sends what to whom, what it costs, and the prices that prove it
"""

import os

# One thread for the linear algebra, unless the operator says otherwise: a node shares its cores with others, and there
# OpenBLAS's threads wait for each other by spinning, which only slows it down. Families have threads of ours.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
