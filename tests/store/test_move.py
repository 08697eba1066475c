"""A home moves from SQLite to PostgreSQL and back: all of it, or none of it."""

import json
import tomllib

import pytest

from tests.faults.rig import run, start
from tests.store.conftest import MOVE

LOOK = """
from hansa.node import transfer
from hansa.kernel import search
if connection.vendor == "postgresql" or (HOME / "hansa.sqlite3").exists():
    search.catch_up()
    print(json.dumps({
        "vendor": connection.vendor,
        "state": state.state_hash(),
        "ok": fsck().ok,
        "tables": {model._meta.label: transfer._digest(model, "default") for model in transfer.tables()},
        "found": [one.position for one in search.find("answer", "town-b")],
        "people": list(__import__("django.contrib.auth", fromlist=["x"]).get_user_model().objects.values_list("username", "password")),
    }))
"""

PERSON = """
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from hansa.kernel import clock
from hansa.web.models import Seat
user = get_user_model().objects.create_user("ana", password="four unrelated words")
Seat.objects.create(user=user, officer="town-a@0", since=clock.now())
session = SessionStore(); session["chair"] = "town-a@0"; session.create()
"""

SPEAK = """
print(note("After the move."))
from hansa.kernel.models import Touch
from hansa.web.models import Seat
from django.contrib.auth import get_user_model
Seat.objects.create(user=get_user_model().objects.get(), officer="town-b@0", since=Seat.objects.get().since)
"""


def look(home):
    return json.loads(run(home, LOOK))


def test_everything_moves_and_the_setting_follows(home, database):
    run(home, PERSON)
    before, address = look(home), database()
    said = run(home, MOVE, address)
    assert before["state"] in said
    after = look(home)
    assert after["vendor"] == "postgresql"
    assert {**after, "vendor": "sqlite"} == before
    settings = tomllib.loads((home / "hansa.toml").read_text())
    assert settings == {
        "realm": "exercise",
        "zone": "UTC",
        "database": address,
        "notice_services": {"ntfys": ["push.example"]},
    }
    assert "# kept" in (home / "hansa.toml").read_text()
    assert not (home / "hansa.sqlite3").exists()
    assert run(home, SPEAK).strip() == "town-a@23"


def test_what_is_left_can_say_nothing_more(home, database):
    before = (home / "hansa.toml").read_text()
    run(home, MOVE, database())
    (home / "hansa.toml").write_text(before)
    (home / "hansa.sqlite3.left").rename(home / "hansa.sqlite3")
    said = run(
        home,
        "try: note('Twice.')\nexcept Refused as refusal: print(refusal.code)\nelse: print('said')",
    )
    assert said.strip() == "no-log"


def test_it_moves_back(home, database):
    run(home, PERSON)
    before = look(home)
    run(home, MOVE, database())
    run(home, MOVE, "sqlite")
    after = look(home)
    assert after == before
    assert "database" not in tomllib.loads((home / "hansa.toml").read_text())
    assert run(home, SPEAK).strip() == "town-a@23"


def test_a_database_that_holds_anything_is_refused_and_left_alone(home, server, database):
    address = database()
    name = address.rpartition("?")[0].rpartition("/")[2]
    server.ask("CREATE TABLE precious (id int)", name)
    before = look(home)
    process = start(home, MOVE, address)
    _out, error = process.communicate(timeout=120)
    assert process.returncode
    assert "precious" in error
    assert look(home) == before


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("postgresql://hansa@127.0.0.1:1/none", "move stopped"),
        ("mysql://somewhere/else", "names no database"),
        ("postgresql://host", "which one"),
        ("postgresql://host:port/name", "move stopped"),
        ("sqlite", "already"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_in_words(home, address, word):
    before = look(home)
    process = start(home, MOVE, address)
    _out, error = process.communicate(timeout=120)
    assert process.returncode
    assert word in error
    assert look(home) == before


def test_a_home_that_is_served_does_not_move(home, database):
    script = """
from hansa.node.lock import only_one
from hansa.node.main import hansa
with only_one(HOME):
    try: hansa(["move", sys.argv[1]], standalone_mode=False)
    except Exception as error: print(error)
"""
    assert "being served" in run(home, script, database())
    assert look(home)["vendor"] == "sqlite"


INTERRUPTED = """
what, address = sys.argv[1:]
from hansa.node import moving, transfer
from hansa.kernel.errors import Refused
from hansa.node.database import postgresql
settings = postgresql(address)

class Broken(Exception): pass
def fail(*arguments, **rest): raise Broken

tables = [model._meta.label for model in transfer.tables()]
def step():
    '''Let the step of that name fail.'''
    if what in ("make_tables", "copy", "compare"): setattr(transfer, what, fail)
    elif what in ("fsck", "_switch", "_require_alone"): setattr(moving, what, fail)
    elif what == "differs": moving.state_hash = iter("ab").__next__
    elif what.startswith("table "):
        real, at = transfer._write, what.split()[1]
        transfer._write = lambda model, alias, rows: fail() if model._meta.label == at else real(model, alias, rows)
    elif what == "statement":
        pass
step()
try: moving.move(HOME, address, "", lambda *_: None)
except (Broken, Refused) as error: print(type(error).__name__, error)
else: raise SystemExit("it moved")
with transfer.joined("look", settings) as line:
    print(line.introspection.table_names())
print(note("Still here."))
"""


@pytest.mark.parametrize(
    "what",
    [
        "_require_alone",
        "make_tables",
        "copy",
        "table kernel.Entry",
        "table auth.User",
        "table kernel.Body",
        "compare",
        "fsck",
        "differs",
        "_switch",
    ],
)
def test_interrupted_at_any_step_nothing_has_changed(home, database, what):
    run(home, PERSON)
    before, settings = look(home), (home / "hansa.toml").read_text()
    address = database()
    _why, tables, said = run(home, INTERRUPTED, what, address).splitlines()
    # Once the copy is settled and only the setting is left to change, the copy stays, and is refused the next time.
    assert (tables == "[]") == (what != "_switch")
    assert said == "town-a@23"
    assert (home / "hansa.toml").read_text() == settings
    after = look(home)
    assert after["people"] == before["people"]
    assert (after["vendor"], after["ok"]) == ("sqlite", True)
    process = start(home, MOVE, address)
    _out, error = process.communicate(timeout=120)
    assert bool(process.returncode) == (what == "_switch"), error
    assert what != "_switch" or "DROP SCHEMA" in error


KILLED = """
import signal
from hansa.node import moving
at, address = int(sys.argv[1]), sys.argv[2]
class Killing:
    count = 0
    def __call__(self, execute, sql, params, many, context):
        Killing.count += 1
        if Killing.count == at: os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)
from hansa.node import transfer
real = transfer.make_tables
def made(alias):
    from django.db import connections
    with connections[alias].execute_wrapper(Killing()): real(alias)
transfer.make_tables = made
moving.move(HOME, address, "", lambda *_: None)
"""


@pytest.mark.fault
def test_killed_in_the_middle_the_home_goes_on_and_the_move_can_be_made_again(home, database):
    address, before = database(), look(home)
    process = start(home, KILLED, "60", address)
    process.communicate(timeout=120)
    assert process.returncode == -9
    assert look(home) == before
    run(home, MOVE, address)
    assert look(home)["state"] == before["state"]


def test_settings_are_changed_on_their_own_lines_and_nothing_else():
    from hansa.kernel.errors import Refused
    from hansa.node.database import rewritten

    new = {"database": "postgresql://b/c", "database_password_file": "pw"}
    text = '# the node\nrealm = "hansa"\ndatabase = "postgresql://a"\nhosts = []\n\n[x]\ndatabase = "y"\n'
    made = rewritten(text, new)
    assert tomllib.loads(made) == {
        "realm": "hansa",
        "hosts": [],
        "database": "postgresql://b/c",
        "database_password_file": "pw",
        "x": {"database": "y"},
    }
    assert made.startswith("# the node\n")
    assert tomllib.loads(rewritten(made, {"database": "sqlite", "database_password_file": ""})) == {
        "realm": "hansa",
        "hosts": [],
        "database": "sqlite",
        "x": {"database": "y"},
    }
    assert tomllib.loads(rewritten("", new)) == new
    assert tomllib.loads(rewritten('zone = "UTC"', new))["zone"] == "UTC"
    with pytest.raises(Refused):
        rewritten('database = """\nlong"""\n', new)
