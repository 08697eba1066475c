"""What a new kind costs: one class in one file, two files with a column. Here is one, and all that follows from it."""

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import hypothesis
import jsonschema
import msgspec
import pytest
from click.testing import CliRunner
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import path

from hansa.api import openapi, tokens
from hansa.cli.kinds import kinds as list_kinds
from hansa.cli.say import say as say_at_terminal
from hansa.kernel import clock, search
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Entry, Fate
from hansa.kernel.record import KINDS, OWN, PACT, Record, about, ask
from hansa.kernel.ref import Ref
from hansa.kernel.state import rebuild, state_hash
from hansa.kernel.telling import tell
from hansa.node.commands import reference
from hansa.node.urls import urlpatterns as own
from hansa.pact.models import Call, Note
from hansa.pages.access import seated
from hansa.pages.forms import form_for
from hansa.pages.speak import speak
from hansa.web.models import Seat
from tests.builders import Town, call, found
from tests.foreign import ForeignLog
from tests.laws import test_kinds as laws
from tests.laws.strategies import records

TAG = "test.watch/1"
SAYS = {
    "place": "City Hall",
    "people": 12,
    "until": "2025-06-08T06:00:00Z",
    "text": "In two shifts.",
}
SENTENCE = "Chicago keeps watch at City Hall with 12 people: In two shifts."


def declare() -> type[Record]:
    """The whole of a new kind. Everything else in this file only looks."""

    class WatchKept(Record, kind=TAG, row=Note, by="note", audience=(PACT, OWN), erasable=True):
        """{author} keeps watch at {place} with {people} people: {text}"""

        call: Ref[Call] = about("Under which call?")
        place: str = ask("Where?", example="City Hall")
        people: int = ask("How many people?", least=1, most=500, example=12)
        until: datetime = ask("Until when?", example="2025-06-08T06:00Z")
        text: str = ask("How?", most=1000, example="In two shifts.")

        def judge(self, row: Note | None, saying: Saying) -> str | None:
            return "nobody-watches" if self.place == "Nowhere" else None

        def check(self, row: Note | None, saying: Saying) -> None:
            if self.until <= saying.at:
                raise Refused("This time has passed.", field="until")

        def apply(self, row: Note, saying: Saying) -> None:
            row.about, row.text = self.call, f"{self.place}: {self.text}"

    return WatchKept


@seated
def watch(request: Any) -> Any:
    """The derived page, with nothing of its own."""
    return speak(request, KINDS[TAG], title="Watch", button="Keep watch", done="/")


urlpatterns = [path("t/watch", watch), *own]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture
def kind() -> Iterator[type[Record]]:
    openapi.document.cache_clear()
    yield declare()
    del KINDS[TAG]
    openapi.document.cache_clear()


@pytest.fixture
def chicago(home, set_clock) -> Town:
    towns = found(3)
    call(towns)
    return towns[1]


@pytest.fixture
def says(chicago) -> dict[str, Any]:
    return {"call": Call.objects.get().key, **SAYS}


def test_it_has_a_form_that_asks_its_questions(kind):
    form = form_for(kind)
    asked = {
        name: str(field.label)
        for name, field in form.base_fields.items()
        if name in kind.__annotations__
    }
    assert asked == {field.name: str(field.label) for field in kind.fields}
    assert "audience" in form.base_fields, "it has several audiences, so the form asks for whom"
    assert form.base_fields["place"].widget.attrs["maxlength"] == str(kind.field("place").most)


def test_it_has_a_page_on_which_an_officer_says_it(kind, chicago, says):
    user = get_user_model().objects.create_user("someone")
    Seat.objects.create(user=user, officer=chicago.by, since=clock.now())
    desk = Client()
    desk.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    once = re.findall(r'name="once" value="([^"]+)"', desk.get("/t/watch").content.decode())[0]
    typed = {**says, "until": "2025-06-08T01:00", "people": "1,000", "audience": PACT, "once": once}
    refused = desk.post("/t/watch", typed)
    assert refused.status_code == 422
    assert "from 1 to 500" in refused.content.decode()
    assert desk.post("/t/watch", {**typed, "people": "12"}).status_code == 302
    assert Note.objects.get().text == "City Hall: In two shifts."


def test_it_has_a_schema_that_its_own_example_fits(kind):
    example = msgspec.to_builtins(kind.example())
    jsonschema.validate(example, kind.schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**example, "people": 501}, kind.schema())


def test_it_has_its_place_in_the_document_of_the_api(kind):
    made = openapi.document()
    name = openapi.schema_name(kind)
    assert {"$ref": f"#/components/schemas/{name}.say"} in made["components"]["schemas"]["Say"][
        "oneOf"
    ]
    assert made["components"]["schemas"][name] == kind.schema()
    assert "note" in made["components"]["schemas"][f"{name}.say"]["description"]
    asked = next(
        one
        for one in made["paths"]["/api/records"]["get"]["parameters"]
        if one.get("name") == "kind"
    )
    assert TAG in asked["schema"]["enum"]


def test_a_program_says_it_and_reads_it(kind, chicago, says):
    secret, _row = tokens.make(chicago.by, "a test")
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    answer = program.post(
        "/api/records", json.dumps({"kind": TAG, "says": says}), content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    read = program.get("/api/records", {"kind": TAG}).json()["items"]
    assert [(one["sentence"], one["fate"]) for one in read] == [(SENTENCE, "done")]
    assert read[0]["says"] == says


def test_it_has_a_verb_at_the_terminal(kind, chicago, says):
    listed = CliRunner().invoke(list_kinds, [])
    assert re.search(rf"^{TAG} +note ", listed.output, re.MULTILINE)
    help_text = CliRunner().invoke(say_at_terminal, [TAG, "--help"]).output
    assert "How many people?" in help_text
    typed = [f"{name}={value}" for name, value in says.items()]
    done = CliRunner().invoke(say_at_terminal, ["watch", *typed, "--as", f"{chicago.log}/chief"])
    assert done.exit_code == 0, done.output
    assert Entry.objects.get(kind=TAG).position == done.output.strip()


def test_it_is_told_searched_and_shown_in_the_history(kind, chicago, says):
    chicago.say(TAG, **says)
    assert [told.sentence for told in tell(Entry.objects.filter(kind=TAG))] == [SENTENCE]
    assert [entry.kind for entry in search.find("shifts hall", chicago.log)] == [TAG]


def test_it_stands_in_the_reference_with_who_may_say_it(kind):
    page = reference.pages()["kinds.md"].partition(f"\n## {TAG}\n")[2].partition("\n## ")[0]
    assert "Needs the capability `note`. Read by: `pact` or `own`." in page
    assert "| `people` | How many people? | a whole number, 1 to 500 | yes | `12` |" in page


def test_it_is_refused_to_whoever_lacks_the_capability_and_void_if_said_all_the_same(
    kind, chicago, says
):
    clerk = chicago.say("pact.officer/1", office="Clerk", handle="clerk", can=["duty"])
    with pytest.raises(Refused) as refusal:
        chicago.say(TAG, as_=clerk, **says)
    assert refusal.value.code == "not-granted"
    log = ForeignLog()
    duty = log.write("pact.officer/1", {"office": "Clerk", "handle": "clerk", "can": ["duty"]})
    forged = log.write(TAG, says, by=duty, cites=(says["call"],))
    judged = log.write(TAG, {**says, "place": "Nowhere"}, cites=(says["call"],))
    log.send()
    assert log.fate(forged) == (Fate.VOID, "not-granted")
    assert log.fate(judged) == (Fate.VOID, "nobody-watches")


def test_it_is_rebuilt_verified_and_erased_like_any_other(kind, chicago, says):
    position = chicago.say(TAG, **says)
    before = state_hash()
    rebuild()
    assert state_hash() == before
    chicago.say("kernel.erasure/1", target=position, ground="Asked.")
    assert not Note.objects.exists()
    report = fsck()
    assert report.ok, report.text()


def laws_of_each_kind() -> list[str]:
    """The names of the laws that take a kind."""
    return [
        name
        for name, law in vars(laws).items()
        if name.startswith("test_") and [*inspect.signature(law).parameters] == ["kind"]
    ]


@pytest.mark.parametrize("law", laws_of_each_kind())
def test_every_law_holds_for_it(kind, law):
    if law == "test_its_oldest_bytes_are_read_for_ever":
        with pytest.raises(AssertionError, match=rf"add {TAG} to kinds.json"):
            getattr(laws, law)(kind)
    else:
        getattr(laws, law)(kind)


def test_the_laws_of_any_record_hold_for_it(kind):
    names = (
        "test_any_record_survives_the_wire",
        "test_apply_is_total_and_what_it_leaves_can_be_saved",
    )
    wire, total = (getattr(laws, name).hypothesis.inner_test for name in names)

    @hypothesis.settings(max_examples=60)
    @hypothesis.given(records(kind), hypothesis.strategies.booleans())
    def hold(record, repeated):
        wire(record)
        total(record, repeated)

    hold()


ROOT = Path(__file__).resolve().parents[2]
COLUMN = "    watchers = models.BigIntegerField(default=0)\n"
CLASS = '''

class WatchKept(Record, kind="pact.watch/1", row=Note, by="note"):
    """{author} keeps watch with {people} people."""

    on: Ref[Member] = about("For whom?")
    people: int = ask("How many people?", least=1, most=500, example=12)

    def apply(self, row: Note, saying: Saying) -> None:
        """Open the note."""
        row.about, row.watchers = self.on, self.people
'''

LIFE = """
from click.testing import CliRunner
from hansa.node.main import hansa

def run(*words):
    done = CliRunner().invoke(hansa, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout

run("init", "--name", "Chicago", "--type", "city", "--state", "IL", "--zone", "UTC", "--office", "Chief", "--seat", "")
position = run("say", "watch", "on=us-il-chicago@0", "people=12", "--as", "chief").strip()
assert run("fsck").startswith("HOLDS")
print(run("show", position, "--json"))
"""


def in_copy(tree: Path, *words: str) -> str:
    """Run Python on a copy of the code, and return what it printed."""
    env = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "HANSA_HOME": str(tree.parent / "home"),
        "DJANGO_SETTINGS_MODULE": "hansa.node.settings",
    }
    done = subprocess.run(
        [sys.executable, *words], env=env, cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def hashes(tree: Path) -> dict[str, bytes]:
    return {found.relative_to(tree).as_posix(): found.read_bytes() for found in tree.rglob("*.py")}


@pytest.mark.slow
def test_a_new_column_costs_a_second_file_and_a_migration_that_writes_itself(tmp_path):
    tree = tmp_path / "src"
    shutil.copytree(
        ROOT / "src" / "hansa", tree / "hansa", ignore=shutil.ignore_patterns("__pycache__")
    )
    before = hashes(tree)
    kinds, rows = tree / "hansa/pact/records/facts.py", tree / "hansa/pact/models.py"
    first = "class Note(Row):\n"
    head, found_class, rest = rows.read_text("utf-8").partition(first)
    doc, gap, fields = rest.partition("\n\n")
    rows.write_text(f"{head}{found_class}{doc}{gap}{COLUMN}{fields}", "utf-8")
    said = kinds.read_text("utf-8").replace(
        "import Call, Fact, Note, Officer", "import Call, Fact, Member, Note, Officer"
    )
    kinds.write_text(said + CLASS, "utf-8")

    in_copy(tree, "-m", "django", "makemigrations", "pact", "--verbosity", "0")
    after = hashes(tree)
    changed = sorted(name for name in after if after[name] != before.get(name))
    migration = [name for name in changed if "/migrations/" in name]
    assert [name for name in changed if name not in migration] == [
        "hansa/pact/models.py",
        "hansa/pact/records/facts.py",
    ]
    assert len(migration) == 1

    said_shown = json.loads(in_copy(tree, "-c", LIFE))
    assert said_shown["record"]["sentence"] == "Chicago keeps watch with 12 people."
    assert said_shown["rows"][0]["watchers"] == 12
