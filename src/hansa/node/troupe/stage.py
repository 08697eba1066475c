"""A whole play on many nodes: from empty folders to the last line."""

import contextlib
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hansa.kernel.errors import Refused
from hansa.node.demo.pace import Pace
from hansa.node.start import choose_home, load_django
from hansa.node.troupe.bridges import Bridge
from hansa.node.troupe.casting import Part, cast
from hansa.node.troupe.director import BEAT, Company, Play, Process, spoken
from hansa.node.troupe.mishaps import Mishaps

KNOWING = 120.0
"""Seconds within which every node hears of a forgery: each peer is asked for evidence once a minute."""

SETTLING = 60.0
"""Seconds within which all nodes hold the same after the last line."""


def perform(
    folder: Path,
    scenario_file: Path,
    ports: list[int],
    seconds: float,
    *,
    once: bool,
    tell: Callable[[str], None],
) -> None:
    """Make the nodes, play, and go on serving until Ctrl-C, or end after the last line with `once`.

    Refused if the nodes do not hold the same in the end.
    """
    (folder / "director").mkdir(mode=0o700)
    os.environ.pop("HANSA_HOME", None)
    choose_home(folder / "director")
    load_django()
    from hansa.node.scenario.player import Player
    from hansa.node.scenario.reading import read_scenario

    scenario = read_scenario(scenario_file)
    company, bridges = _company(folder, scenario_file, cast(scenario, len(ports)), ports, tell)
    player = Player(scenario)
    pace = Pace(
        scenario.starts, scenario.ends, [player.moment(one) for one in scenario.lines], seconds
    )
    try:
        for bridge in bridges:
            bridge.start()
        tell(f"{len(ports)} nodes open their logs and found the pact.")
        company.start()
        tell("They are here, and anyone at this machine may walk through them:")
        tell("\n" + spoken(one.part for one in company.nodes))
        play = Play(company, scenario.lines, player.moment)
        mishaps = Mishaps(company, tell)
        _play(play, pace, mishaps)
        _close(play, tell)
        mishaps.forge()
        _await_all_know(company, tell)
        if not once:
            tell("The story is over. The nodes go on (Ctrl-C stops them).")
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    time.sleep(1)
    except KeyboardInterrupt:
        tell("Stopped.")
    finally:
        company.end()
        for bridge in bridges:
            bridge.stop()


def _company(
    folder: Path,
    scenario_file: Path,
    shares: list[tuple[str, ...]],
    ports: list[int],
    tell: Callable[[str], None],
) -> tuple[Company, list[Bridge]]:
    company = Company([], tell)
    bridges = []
    for number, (logs, port) in enumerate(zip(shares, ports, strict=True)):
        own = f"127.0.0.{11 + number}"
        bridge = Bridge(own, port, partial(company.whole, own))
        name = logs[0] if len(logs) == 1 else f"{logs[0]} +{len(logs) - 1}"
        part = Part(name, logs, folder / f"node-{number + 1}", port, own, bridge.port)
        company.nodes.append(Process(part, scenario_file))
        bridges.append(bridge)
    return company, bridges


def _play(play: Play, pace: Pace, mishaps: Mishaps) -> None:
    began, told = time.monotonic(), 0.0
    for number in range(len(play.lines)):
        while (left := pace.mark(number) - (time.monotonic() - began)) > 0:
            if time.monotonic() - told > BEAT:
                told = time.monotonic()
                play.company.clock(pace.at(min(told - began, pace.mark(number))))
            time.sleep(min(left, BEAT))
        play.step(number)
        mishaps.at((number + 1) / len(play.lines))


def _close(play: Play, tell: Callable[[str], None]) -> None:
    """Let everything arrive, say what waited, and compare what the nodes hold."""
    end = time.monotonic() + SETTLING
    while play.waiting and time.monotonic() < end:
        play.catch_up()
        time.sleep(0.2)
    same = play.company.agree(SETTLING)
    tell(
        f"{play.said} of {len(play.lines)} lines were said, {len(play.dropped)} no longer fitted, {len(play.waiting)} could not be said."
    )
    for why in play.dropped[:5]:
        tell(f"  {why}")
    if not same:
        raise Refused(
            "The nodes do not hold the same. Their homes are kept: compare them with “hansa state”.",
            code="differ",
        )
    tell("All nodes hold the same.")


def _await_all_know(company: Company, tell: Callable[[str], None]) -> None:
    """Wait until every node knows of the second history, and say how many do."""
    end = time.monotonic() + KNOWING
    while True:
        known = [one["forked"] for one in company.everyone(do="state")]
        if all(known) or time.monotonic() > end:
            tell(f"Nodes that know of the second history: {sum(map(bool, known))} of {len(known)}.")
            return
        time.sleep(0.5)
