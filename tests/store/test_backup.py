"""A home on PostgreSQL is backed up while others write, and comes back as a home on SQLite."""

import json
import tomllib

from hansa.node.backup.locks import new_key
from tests.faults.rig import run, start
from tests.store.test_move import LOOK

BACKUP = """
from hansa.node.backup.locks import Lock
from hansa.node.backup.making import make
print(json.dumps({one["log"]: one["size"] for one in make(HOME, Path(sys.argv[1]), Lock((sys.argv[2],)))["logs"]}))
"""

RESTORE = """
from hansa.node.main import hansa
hansa(["--home", sys.argv[2], "restore", sys.argv[1], "--identity", sys.argv[3]], standalone_mode=False)
"""

BUSY = """
print("busy", flush=True)
for i in range(100000):
    print(note(f"{i} " + "x" * 200), flush=True)
"""


def test_it_is_backed_up_under_load_and_restored(served, tmp_path):
    secret, recipient = new_key()
    (tmp_path / "key").write_text(secret)
    before = json.loads(run(served, LOOK))
    run(served, BACKUP, str(tmp_path / "still.age"), recipient)
    run(tmp_path / "one", RESTORE, str(tmp_path / "still.age"), str(tmp_path / "one"), str(tmp_path / "key"))  # fmt: skip
    settings = tomllib.loads((tmp_path / "one" / "hansa.toml").read_text())
    assert "database" not in settings
    assert settings["notice_services"] == {"ntfys": ["push.example"]}
    after = json.loads(run(tmp_path / "one", LOOK))
    assert after == {**before, "vendor": "sqlite"}

    writer = start(served, BUSY)
    assert writer.stdout
    try:
        writer.stdout.readline()
        last = int(writer.stdout.readline().strip().partition("@")[2])
        sizes = json.loads(run(served, BACKUP, str(tmp_path / "busy.age"), recipient))
    finally:
        writer.kill()
        writer.communicate()
    assert sizes["town-a"] > last
    run(tmp_path / "two", RESTORE, str(tmp_path / "busy.age"), str(tmp_path / "two"), str(tmp_path / "key"))  # fmt: skip
    assert json.loads(run(tmp_path / "two", LOOK))["ok"]
