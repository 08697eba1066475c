"""Play a whole scenario into a new home, without a server."""

import json
import os
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from hansa.kernel.errors import Refused
from hansa.node.start import TOML, choose_home, load_django, migrate

REALM = "exercise"


def make_home(folder: Path, **more: str | bool) -> Path:
    """Make a new home whose realm is `exercise`, and run this process on it; Refused unless the folder is empty or new."""
    folder = folder.expanduser().absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(
            f"{folder} is not empty. A scenario is played into a new home: name a folder that is empty or not there yet.",
            field="home",
            code="not-empty",
        )
    folder.mkdir(parents=True, exist_ok=True)
    fill_home(folder, **more)
    return folder


def fill_home(folder: Path, **more: str | bool) -> None:
    """Write the home's files into an existing folder, and run this process on it."""
    folder.chmod(0o700)
    settings = {"realm": REALM, **more}
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    (folder / TOML).write_text("\n".join(lines) + "\n", "utf-8")
    handle = os.open(folder / "secret", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    choose_home(folder)
    load_django()
    migrate()


def play(
    path: Path, speed: float = 0, on_step: Callable[[Any], None] | None = None
) -> dict[str, Any]:
    """Play the file into the home of this process and return its summary.

    `speed` is how many seconds of the story pass in one second; 0 is as fast as the machine can. Wrong
    if the file does not hold, or a line is refused that should not be.
    """
    from hansa.kernel import clock
    from hansa.node.scenario.player import Player
    from hansa.node.scenario.reading import read_scenario
    from hansa.node.scenario.summary import summary

    scenario = read_scenario(path)
    player = Player(scenario)
    story = _Story(scenario.starts, speed)
    before = clock.use(story.now)
    try:
        player.found()
        steps = []
        for number, line in enumerate(scenario.lines):
            story.go_to(player.moment(line))
            steps.append(player.step(number))
            if on_step:
                on_step(steps[-1])
        story.go_to(max(scenario.ends, story.at))
        return summary(scenario, steps)
    finally:
        clock.use(before)


class _Story:
    """The story's clock: it stands at the line being said."""

    def __init__(self, at: datetime, speed: float) -> None:
        self.at, self.speed = at, speed

    def now(self) -> datetime:
        return self.at

    def go_to(self, at: datetime) -> None:
        if self.speed > 0:
            time.sleep((at - self.at).total_seconds() / self.speed)
        self.at = at
