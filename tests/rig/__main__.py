"""The rig from a terminal: replay one seed, or run many.

python -m tests.rig replay 12345 [--events 3,7,12]
python -m tests.rig run 0 200
python -m tests.rig soak 20000 [--jobs 2] [--record build/soak]
"""

import argparse
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

BLOCK = 100
"""So many seeds in a row run in one process, under one order of sets and dictionaries."""


def hash_seed(seed: int) -> str:
    """Return the PYTHONHASHSEED under which a seed runs: it, too, follows from the seed."""
    return str(seed // BLOCK % 1000)


def main(arguments: list[str]) -> int:
    """Do what was asked; return 1 if a seed failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.rig", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    replay = verbs.add_parser("replay", help="play one seed, tell its story, judge it")
    replay.add_argument("seed", type=int)
    replay.add_argument("--events", default="", help="play only these events, by number")
    replay.add_argument("--shrink", type=float, default=0, help="seconds to spend on shortening")
    run = verbs.add_parser("run", help="run seeds from A up to B")
    run.add_argument("first", type=int)
    run.add_argument("last", type=int)
    run.add_argument("--shrink", type=float, default=60, help="seconds to spend on the first one")
    soak = verbs.add_parser("soak", help="run seeds from 0 in blocks, going on where it stopped")
    soak.add_argument("count", type=int)
    soak.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    soak.add_argument("--record", type=Path, default=Path("build/soak"))
    asked = parser.parse_args(arguments)
    if asked.verb == "soak":
        return soaked(asked.count, asked.jobs, asked.record)
    first = asked.seed if asked.verb == "replay" else asked.first
    if os.environ.get("PYTHONHASHSEED") != hash_seed(first):
        os.environ["PYTHONHASHSEED"] = hash_seed(first)
        os.execv(sys.executable, [sys.executable, "-m", "tests.rig", *arguments])  # noqa: S606 - itself, again
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    logging.disable(logging.ERROR)  # a liar found out is no news here
    if asked.verb == "replay":
        events = tuple(int(one) for one in asked.events.split(",") if one) or None
        return replayed(first, events, asked.shrink)
    return ran(first, asked.last, asked.shrink)


def replayed(seed: int, events: tuple[int, ...] | None, seconds: float) -> int:
    """Play one seed and tell all that happened."""
    from tests.rig.play import Plan
    from tests.rig.run import Rig, told

    story: list[str] = []
    with Rig() as rig:
        failure = rig.run(Plan(seed, events), story=story)
        if failure is not None and seconds:
            failure = rig.shrink(failure, seconds)
    if failure is None:
        print("\n".join([*story, f"Seed {seed} holds."]))
        return 0
    print(told(failure))
    return 1


def ran(first: int, last: int, seconds: float) -> int:
    """Run seeds one after the other; tell each that fails, shortened, and go on."""
    from tests.rig.play import Plan
    from tests.rig.run import Rig, told

    failed = []
    with Rig() as rig:
        for seed in range(first, last):
            failure = rig.run(Plan(seed))
            if failure is not None:
                failed.append(seed)
                if len(failed) == 1 and seconds:
                    failure = rig.shrink(failure, seconds)
                print(told(failure), flush=True)
    print(f"{last - first} seeds from {first}: {len(failed)} failed {failed or ''}", flush=True)
    return 1 if failed else 0


def soaked(count: int, jobs: int, record: Path) -> int:
    """Run blocks of seeds side by side; each leaves a file, so a soak that is stopped goes on where it was."""
    record.mkdir(parents=True, exist_ok=True)
    todo = [first for first in range(0, count, BLOCK) if not (record / f"{first}.txt").exists()]
    started, done, running = time.monotonic(), 0, dict[int, subprocess.Popen[str]]()
    while todo or running:
        while todo and len(running) < jobs:
            first = todo.pop(0)
            running[first] = _block(first, min(first + BLOCK, count))
        first, process = next(iter(running.items()))
        out, _ = process.communicate()
        del running[first]
        name = f"{first}.txt" if process.returncode == 0 else f"{first}.failed.txt"
        (record / name).write_text(out)
        done += 1
        left = (len(todo) + len(running)) * (time.monotonic() - started) / done
        print(f"{out.splitlines()[-1] if out else 'died'}   ({left / 60:.0f} min left)", flush=True)
    failed = sorted(record.glob("*.failed.txt"))
    for place in failed:
        print(place.read_text())
    print(
        f"{count} seeds, {len(failed)} blocks with a failing one. What each said stands in {record}."
    )
    return 1 if failed else 0


def _block(first: int, last: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.rig", "run", str(first), str(last)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed(first)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
