"""Which database a home uses, what a server must be, and what its trouble is called."""

import json
import subprocess
import sys
import tomllib

import psycopg
import pytest
from django.db import OperationalError

from hansa.kernel import postgres, search
from hansa.kernel.errors import Refused
from hansa.kernel.say import TROUBLE
from hansa.node.database import databases, postgresql
from tests.faults.rig import ROOT, environment, run, start


def test_without_a_setting_a_home_uses_the_file_in_its_folder(tmp_path):
    for node in ({}, {"database": "sqlite"}):
        used = databases(tmp_path, node)["default"]
        assert used["ENGINE"].endswith("sqlite3")
        assert used["NAME"] == tmp_path / "hansa.sqlite3"


def test_an_address_names_every_part(tmp_path):
    (tmp_path / "pw").write_text("s3cret/ä\n", "utf-8")
    node = {
        "database": "postgresql://ana%40x@db.example:5433/ha%20nsa?sslmode=verify-full&target_session_attrs=read-write",
        "database_password_file": "pw",
    }
    used = databases(tmp_path, node)["default"]
    assert (used["USER"], used["HOST"], used["PORT"]) == ("ana@x", "db.example", "5433")
    assert (used["NAME"], used["PASSWORD"]) == ("ha nsa", "s3cret/ä")
    assert used["OPTIONS"]["sslmode"] == "verify-full"
    assert used["OPTIONS"]["target_session_attrs"] == "read-write"
    (tmp_path / "whole").write_text("other")
    node["database_password_file"] = str(tmp_path / "whole")
    assert databases(tmp_path, node)["default"]["PASSWORD"] == "other"


@pytest.mark.parametrize(
    ("node", "word"),
    [
        ({"database": "mysql://x/y"}, "names no database"),
        ({"database": "hansa.sqlite3"}, "names no database"),
        ({"database": "postgresql://x"}, "which one"),
        ({"database": "postgresql://x/y?no_such=1"}, "cannot be read"),
        ({"database": "postgresql://x/y", "database_password_file": "gone"}, "cannot be read"),
    ],
)
def test_what_names_no_database_is_refused_in_words(tmp_path, node, word):
    with pytest.raises(Refused, match=word):
        databases(tmp_path, node)


def test_a_password_in_the_address_counts_before_a_file():
    assert postgresql("postgresql://a:one@h/d", "two")["PASSWORD"] == "one"
    assert postgresql("postgresql://a@h/d", "two")["PASSWORD"] == "two"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("53100", "full"),
        ("55P03", "busy"),
        ("40P01", "busy"),
        ("53300", "crowded"),
        ("25006", "closed"),
        ("42501", "closed"),
        ("XX001", "damaged"),
        ("58030", "damaged"),
        ("08006", "away"),
        ("57P01", "away"),
        ("22001", None),
    ],
)
def test_each_trouble_of_a_server_has_its_word(state, word):
    cause = psycopg.errors.lookup(state)()
    error = OperationalError("as Django raises it")
    error.__cause__ = cause
    assert postgres.trouble(error) == word
    assert postgres.trouble(cause) == word
    assert word is None or word in TROUBLE


def test_what_is_no_word_of_a_server_s_is_left_to_others():
    assert postgres.trouble(OperationalError("database is locked")) is None
    assert postgres.trouble(OSError("no space left on device")) is None
    gone = OperationalError("the connection is closed")
    gone.__cause__ = psycopg.OperationalError("the connection is closed")
    assert postgres.trouble(gone) == "away"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Zürich's ÉTÉ", ["zurich", "s", "ete"]),
        ("n95-respirator, 40,000", ["n95", "respirator", "40", "000"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("naïve nai\u0308ve", ["naive", "naive"]),
        ("東京 한국 Москва", ["東京", "한국", "москва"]),
        ("a_b 'quoted' \\x 'or':*&|!()<->", ["a", "b", "quoted", "x", "or"]),
        ("\u0000\n\t", []),
        ("x" * 3000, ["x" * search.LONGEST_WORD]),
    ],
)
def test_words_are_the_same_for_every_store(text, words):
    assert search.words_of(text) == words


def test_every_connection_keeps_the_promises(served):
    script = """
with connection.cursor() as cursor:
    cursor.execute("SET synchronous_commit TO off")
connection.close()
with connection.cursor() as cursor:
    found = {}
    for name in ("synchronous_commit", "lock_timeout", "idle_in_transaction_session_timeout"):
        cursor.execute(f"SHOW {name}")
        found[name] = cursor.fetchone()[0]
print(json.dumps(found))
"""
    assert json.loads(run(served, script)) == {
        "synchronous_commit": "on",
        "lock_timeout": "20s",
        "idle_in_transaction_session_timeout": "15min",
    }


def test_a_value_too_long_for_its_column_is_refused_and_never_cut(served):
    script = """
from django.db import DataError
from hansa.kernel import store
try:
    store.once([("k" * 201, "d", "town-a@1")])
except DataError: print("refused")
"""
    assert run(served, script).strip() == "refused"


ERASED = """
from django.db import transaction
said = note("The word xylophagous is personal.")
from hansa.kernel import search
search.catch_up()
assert search.find("xylophagous", "town-a")
number = Entry.objects.get(log="town-a", index=int(said.partition("@")[2])).id
say(KINDS["kernel.erasure/1"].read({"target": said, "ground": "Asked."}), log="town-a", by="town-a@0")
with connection.cursor() as cursor:
    found = {}
    cursor.execute("SELECT count(*) FROM kernel_body WHERE entry_id = %s", [number]); found["bodies"] = cursor.fetchone()[0]
    cursor.execute("SELECT count(*) FROM kernel_search WHERE said @@ 'xylophagous'"); found["words"] = cursor.fetchone()[0]
    cursor.execute("CREATE EXTENSION IF NOT EXISTS pgstattuple")
    for table in ("kernel_body", "kernel_search", "pact_note", "kernel_once"):
        cursor.execute("SELECT dead_tuple_count FROM pgstattuple(%s)", [table]); found[table] = cursor.fetchone()[0]
    cursor.execute("CHECKPOINT")
    cursor.execute("SELECT pg_relation_filepath('kernel_search_said')"); found["index"] = cursor.fetchone()[0]
print(json.dumps(found))
"""


def test_what_was_erased_is_gone_from_every_table_and_from_the_index_of_words(served, server):
    found = json.loads(run(served, ERASED))
    index = found.pop("index")
    assert found == dict.fromkeys(found, 0)
    assert b"xylophagous" not in (server.data / index).read_bytes()


def test_records_on_sqlite_are_not_begun_a_second_time_in_an_empty_database(home, database):
    settings = (home / "hansa.toml").read_text()
    (home / "hansa.toml").write_text(f'database = "{database()}"\n{settings}')
    said = run(
        home,
        "from hansa.node import start\ntry: start.migrate()\nexcept Refused as no: print(no.code, no.sentence)",
    )
    assert said.startswith("not-moved")
    assert "hansa move" in said


MIGRATES = """
from hansa.node import start
start.migrate()
print(len(connection.introspection.table_names()))
"""


def test_two_processes_that_start_at_once_make_the_tables_once(tmp_path, database):
    (tmp_path / "hansa.toml").write_text(f'database = "{database()}"\n')
    both = [start(tmp_path, MIGRATES) for _ in range(2)]
    told = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], told
    assert told[0][0] == told[1][0]


def test_a_command_says_in_words_that_the_server_cannot_be_reached(served):
    settings = served / "hansa.toml"
    used = tomllib.loads(settings.read_text())["database"]
    settings.write_text(settings.read_text().replace(used, "postgresql://hansa@127.0.0.1:1/none"))
    for command in (["state"], ["migrate"], ["serve", "--port", "0"]):
        process = subprocess.Popen(
            [sys.executable, "-c", f"from hansa.node.main import hansa; hansa({command})"],
            env=environment(served), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        _out, error = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "cannot be reached" in error
        assert "Traceback" not in error
