"""Both stores publish the same hashes of the same records."""

import json

from tests.faults.rig import run
from tests.store.conftest import MOVE

PUBLISH = """
from hansa.kernel import likeness
from hansa.kernel.writing import at_one_moment
from hansa.kernel.models import Log
made = likeness.publish()
with at_one_moment():
    sizes = {log.name: log.size for log in Log.objects.all()}
print(json.dumps([made.fold, {name: [part.size, part.hash.hex()] for name, part in made.parts.items()}, sizes["town-a"]]))
print(note("It is written in again."))
"""


def test_a_moved_home_publishes_what_it_published_before(home, database):
    before = json.loads(run(home, PUBLISH).splitlines()[0])
    assert set(before[1]) == {"town-a", "town-b"}, "the foreign log waits, and is not judged"
    run(home, MOVE, database())
    after = json.loads(run(home, PUBLISH).splitlines()[0])
    assert after[0] == before[0]
    assert after[1]["town-b"] == before[1]["town-b"]
    # One record was said in between, which changes that log's hash and no other's.
    assert after[1]["town-a"][0] == before[1]["town-a"][0] + 1
