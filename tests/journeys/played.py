"""Play a scenario into a new demo home and keep it as it was at each moment: `python played.py FILE MOMENT=HOME …`."""

import shutil
import sys
from datetime import datetime
from pathlib import Path

from hansa.kernel import clock
from hansa.node.scenario.play import make_home


def main(file: str, *stops: str) -> None:
    pairs = [stop.rsplit("=", 1) for stop in stops]
    folder = Path(pairs[-1][1])
    make_home(folder, demo=True)
    from django.db import connections

    from hansa.node.scenario.player import Player
    from hansa.node.scenario.reading import read_scenario

    scenario = read_scenario(Path(file))
    player, at = Player(scenario), [scenario.starts]
    clock.use(lambda: at[-1])
    player.found()
    lines = iter(range(len(scenario.lines)))
    for text, place in pairs:
        stop = datetime.fromisoformat(text)
        for number in lines:
            at.append(player.moment(scenario.lines[number]))
            player.step(number)
            if number + 1 < len(scenario.lines) and (
                player.moment(scenario.lines[number + 1]) > stop
            ):
                break
        connections.close_all()
        if Path(place) != folder:
            shutil.copytree(folder, place)


if __name__ == "__main__":
    main(*sys.argv[1:])
