"""One node of the demo, as a process: it serves its home, and does what the director tells it, a line at a time.

Orders come as JSON lines on its standard input, answers go out as JSON lines. What it says goes through
the same door as anybody's words; what the others said reaches it only by sync.
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

PATIENCE = 20.0
"""Seconds for which an actor waits for the records that its words cite, unless it is told that they cannot come."""

FOUNDING = 120.0
"""The same before the pact stands, while the nodes meet for the first time."""


@dataclass
class Story:
    """The story's time, as the director last told it."""

    at: datetime
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        """Return it. This is the process's clock."""
        return self.at

    def go_to(self, at: datetime) -> None:
        """Go forward, and never back."""
        with self.lock:
            self.at = max(self.at, at)


class Actor:
    """Carries out orders. Django is loaded on the actor's home."""

    def __init__(self, scenario_file: Path, logs: list[str], url: str) -> None:
        """Take the members that speak here, and the address at which others reach them."""
        from hansa.kernel import clock
        from hansa.node.scenario.player import Player
        from hansa.node.scenario.reading import read_scenario

        self.scenario, self.logs, self.url = read_scenario(scenario_file), logs, url
        self.player = Player(self.scenario, lenient=True)
        self.story = Story(self.scenario.starts)
        clock.use(self.story.now, told=True)

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order and return what came of it."""
        self.player.names.update(order.get("names", {}))
        if "at" in order:
            self.story.go_to(datetime.fromisoformat(order["at"]))
        does: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "open": self.open,
            "follow": self.follow,
            "found": self.found,
            "join": self.join,
            "watch": self.watch,
            "line": self.line,
            "clock": lambda _order: {},
            "state": self.state,
            "forge": self.forge,
        }
        return does[order["do"]](order)

    def open(self, _order: dict[str, Any]) -> dict[str, Any]:
        """Open the logs of the members here, and say where their node is."""
        from hansa.kernel.models import Log
        from hansa.node.commands.join import say_node
        from hansa.node.scenario.founding import open_logs
        from hansa.pact.words import Capability

        members = [one for one in self.scenario.members if one.log in self.logs]
        names = open_logs(self.scenario, members)
        for office in self.scenario.offices:
            if office.log in self.logs and Capability.KEEPER in office.can:
                say_node(names[office.key], url=self.url)
        keys = dict(Log.objects.filter(mine=True).values_list("name", "vkey"))
        return {"names": names, "keys": keys}

    def follow(self, order: dict[str, Any]) -> dict[str, Any]:
        """Follow the logs of the others, each by its key, at its address."""
        from hansa.kernel.sync.follow import follow

        for vkey, url in order["logs"]:
            follow(vkey, url)
        return {}

    def found(self, _order: dict[str, Any]) -> dict[str, Any]:
        """Found the pact, once every founder's log has come."""
        from hansa.node.scenario.founding import found_pact

        self._await([one.log for one in self.scenario.members if one.founder], FOUNDING)
        return {"names": found_pact(self.scenario, self.player.names)}

    def join(self, _order: dict[str, Any]) -> dict[str, Any]:
        """Join the pact, once its record has come."""
        from hansa.node.scenario.founding import join
        from hansa.node.scenario.names import PACT

        self._await([PACT], FOUNDING)
        return {"names": join(self.scenario, self.logs, self.player.names)}

    def watch(self, _order: dict[str, Any]) -> dict[str, Any]:
        """Take the nodes that members named for witnesses, by more than half of their hosts."""
        from hansa.kernel.witness import proposing

        proposing.write(proposing.propose())
        return {}

    def line(self, order: dict[str, Any]) -> dict[str, Any]:
        """Say one line of the story, once what it cites has come. `missing` names what has not."""
        from hansa.node.scenario.names import names_of

        line = self.scenario.lines[order["number"]]
        cited = [
            name
            for one in line.kind.fields
            if one.type in {"ref", "refs"}
            for name in names_of(line.given.get(one.name) or [])
        ]
        latest = {f"latest of {log}": place for log, place in order["after"].items()}
        if order["patient"]:  # as people would, who have read what the others said
            self.player.names.update(latest)
            self._await([*cited, *latest])
        missing = self._missing(cited)
        if missing:
            return {"outcome": "missing", "missing": missing}
        step = self.player.step(order["number"])
        names = {
            name: at
            for name, at in self.player.names.items()
            if at == step.position and name not in latest
        }
        said = {"outcome": step.outcome.value, "why": step.why, "position": step.position}
        return {**said, "names": names}

    def state(self, _order: dict[str, Any]) -> dict[str, Any]:
        """Return the hash of all that is for the pact, the logs' sizes, and what this node knows of forks."""
        from hansa.kernel.models import Log
        from hansa.kernel.state import state_hash
        from hansa.kernel.witness.models import Evidence

        return {
            "state": state_hash(pact=True),
            "sizes": dict(Log.objects.order_by("name").values_list("name", "size")),
            "forked": sorted(set(Evidence.objects.values_list("log", flat=True))),
        }

    def forge(self, order: dict[str, Any]) -> dict[str, Any]:
        """Sign a head over entries that nobody ever wrote."""
        from hansa.node.troupe.forging import second_history

        return {"request": second_history(order["log"], order["size"], order["old"])}

    def _await(self, names: list[str], patience: float = PATIENCE) -> list[str]:
        """Return those of the named records that did not come within `patience`, or that nobody said."""
        end = time.monotonic() + patience
        while missing := self._missing(names):
            if time.monotonic() > end or not set(missing) <= self.player.names.keys():
                break
            time.sleep(0.05)
        return missing

    def _missing(self, names: list[str]) -> list[str]:
        from hansa.kernel.store import DbShelf

        places = {name: self.player.names.get(name, "") for name in names}
        here = DbShelf().cited({place for place in places.values() if place})
        return [name for name, place in places.items() if place not in here]


def serve(folder: Path, port: int, actor: Actor) -> None:
    """Serve the home and obey until the director hangs up."""
    from hansa.node.commands.serve import listen

    threading.Thread(target=_obey, args=(actor,), name="hansa-orders", daemon=True).start()
    listen(folder, "127.0.0.1", port)


def _obey(actor: Actor) -> None:
    import os
    import signal

    for text in sys.stdin:
        order = json.loads(text)
        try:
            answer = actor.obey(order)
        except Exception as error:  # noqa: BLE001 - the director tells it and goes on with the story
            answer = {"outcome": "failed", "why": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=sys.__stdout__, flush=True)
    os.kill(os.getpid(), signal.SIGINT)


def main(folder: str, port: str, own: str, url: str, scenario: str, *logs: str) -> None:
    """Make or take up the home in `folder`, and serve it."""
    from hansa.node.lock import only_one
    from hansa.node.scenario.play import fill_home
    from hansa.node.start import TOML, choose_home, load_django, migrate

    sys.stdout = (
        sys.stderr
    )  # what is said to people goes to the log; the answers have the line for themselves
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with only_one(home):
        if (home / TOML).exists():
            choose_home(home)
            load_django()
            migrate()
        else:
            fill_home(home, demo=True, peers_local=True, peers_from=own)
        serve(home, int(port), Actor(Path(scenario), list(logs), url))


if __name__ == "__main__":
    main(*sys.argv[1:])
