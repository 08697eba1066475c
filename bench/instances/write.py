"""Writes the small instances beside this file: `python -m bench.instances.write`. See README.md for the form."""

from pathlib import Path

from bench.instances.make import Size, make
from hansa.aid.planner import certificate
from hansa.aid.planner.engine import solve

SMALL = {"plain": "no", "mild": "mild", "tight": "tight"}


def main() -> None:
    """Make, solve and write each."""
    for name, room in SMALL.items():
        problem = make(Size(4, 3, 2, 0.8, 0.9), room, 1)
        Path(__file__).with_name(f"{name}.json").write_bytes(
            certificate.write(problem, solve(problem))
        )


if __name__ == "__main__":
    main()
