"""Run every measurement, one process each, so that none warms or burdens another."""

import subprocess
import sys

for name in ("ingest", "rebuild", "web", "board", "catchup", "propagation", "planner"):
    print(f"--- {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
