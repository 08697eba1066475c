"""The ceremonies at a terminal: each from its first command to the last, as a careful person goes through it."""

import os
import pty
import re
import select
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hansa.kernel import announce, chain
from hansa.kernel.fsck import fsck
from hansa.kernel.home import home as this_home
from hansa.kernel.models import Log
from hansa.kernel.roots import keeping, paper
from hansa.kernel.roots.models import Aside
from hansa.node import start
from hansa.node.commands.keys import keys
from hansa.pact import rebinding
from tests.attacks.words import note
from tests.builders import Town, town

LOG = "town-a"


class Desk:
    """A home at a terminal, the folders of root pages beside it, and the holders with their pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: object, give: str = "", code: int = 0) -> Result:
        made = CliRunner().invoke(keys, [str(one) for one in arguments], input=give)
        if made.exception and not isinstance(made.exception, SystemExit) and code == 0:
            raise made.exception
        assert code or made.exit_code == 0, made.output
        return made

    def roots(self, name: str, *more: str) -> Path:
        self.run("roots", LOG, self.folder / name, *more)
        return self.folder / name

    def rows(self, folder: str, called: str, number: int) -> str:
        text = (self.folder / folder / f"{called}-{number}-of-3.txt").read_text()
        return "\n".join(re.findall(r"^ +[1-4] +([A-Z2-7 ]+)$", text, re.MULTILINE)) + "\n"

    def sign(self, draft: Path, folder: str, called: str, *numbers: int) -> Result:
        for number in numbers:
            made = self.run("sign", draft, give="y\ny\n" + self.rows(folder, called, number))
        return made


@pytest.fixture
def desk(home, tmp_path, monkeypatch, set_clock) -> Desk:
    monkeypatch.setattr(start, "open_home", lambda: home)
    return Desk(tmp_path)


@pytest.fixture
def own(desk: Desk) -> Town:
    made = town(LOG, "Town A")
    made.say("pact.note/1", **note("town-a@0"))
    return made


@pytest.fixture
def rooted(desk: Desk, own: Town) -> Town:
    first = desk.roots("one")
    draft = desk.folder / "first.draft"
    desk.run(
        "begin", LOG, "--now", first / "now.roots", "--next", first / "next.roots", "--out", draft
    )
    desk.sign(draft, "one", "now", 1, 3)
    desk.run("publish", draft, give="y\n")
    return own


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    """As a real process: what is to happen after a commit happens."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_before_the_day_roots_are_named(desk: Desk, rooted: Town) -> None:
    said = desk.run("show", LOG).output
    assert "version 1, from entry 0, decided by its roots: 2 of 3 roots" in said
    assert Log.objects.get(name=LOG).vkey == keeping.chain_of(LOG)[0].log_vkey
    rooted.say("pact.note/1", **note("town-a@0"))
    assert fsck().ok


def test_pages_hold_the_secret_and_the_public_files_do_not(desk: Desk) -> None:
    folder = desk.roots("one")
    secrets = [
        desk.rows("one", called, i).split("\n")[0] for called in ("now", "next") for i in (1, 2, 3)
    ]
    assert len(set(secrets)) == 6
    public = (folder / "now.roots").read_text() + (folder / "next.roots").read_text()
    assert not any(one in public for one in secrets)
    page = (folder / "now-1-of-3.html").read_text()
    assert secrets[0] in page
    assert "<svg" in page
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", page)  # loads nothing
    assert oct((folder / "now-1-of-3.html").stat().st_mode)[-3:] == "600"


def test_a_mistyped_row_is_asked_for_again_and_no_other(desk: Desk, own: Town) -> None:
    first = desk.roots("one")
    draft = desk.folder / "first.draft"
    desk.run(
        "begin", LOG, "--now", first / "now.roots", "--next", first / "next.roots", "--out", draft
    )
    right = desk.rows("one", "now", 1).split("\n")
    slip = ("B" if right[1][0] != "B" else "C") + right[1][1:]
    typed = [right[0].lower(), slip, right[1].replace("O", "0"), right[2], right[3]]
    made = desk.run("sign", draft, give="y\ny\n" + "\n".join(typed) + "\n")
    assert made.output.count("is not as it stands") == 1
    assert "Row 2 is not as it stands" in made.output
    assert "Signed by 1 of its roots; it takes 2" in made.output


def test_too_few_signatures_put_nothing_in_force(desk: Desk, own: Town) -> None:
    first = desk.roots("one")
    draft = desk.folder / "first.draft"
    desk.run(
        "begin", LOG, "--now", first / "now.roots", "--next", first / "next.roots", "--out", draft
    )
    desk.sign(draft, "one", "now", 2)
    desk.sign(draft, "one", "now", 2)  # twice is once
    made = desk.run("publish", draft, "--yes", code=1)
    assert "1 of its roots, and it takes 2" in str(made.exception)
    assert keeping.documents(LOG) == []


def test_a_page_of_another_set_is_refused(desk: Desk, own: Town) -> None:
    first = desk.roots("one")
    draft = desk.folder / "first.draft"
    desk.run(
        "begin", LOG, "--now", first / "now.roots", "--next", first / "next.roots", "--out", draft
    )
    made = desk.run("sign", draft, give="y\ny\n" + desk.rows("one", "next", 1), code=1)
    assert "Take the page of another set" in str(made.exception)


def test_a_planned_rotation(desk: Desk, rooted: Town, commits) -> None:
    """Copies are signed in two places at once, records are written meanwhile, and the new key takes over."""
    desk.roots("two", "--only-next")
    before = Log.objects.get(name=LOG).vkey
    draft, copy = desk.folder / "rotate.draft", desk.folder / "copy.draft"
    made = desk.run("rotate", LOG, "--next", desk.folder / "two" / "next.roots", "--out", draft)
    assert "A planned change: from entry 3 on" in made.output
    copy.write_bytes(draft.read_bytes())
    rooted.say("pact.note/1", **note("town-a@0"))
    desk.sign(draft, "one", "now", 1, 2)
    said = desk.sign(copy, "one", "next", 2, 3).output
    assert "Signed by 2 of the roots that come into force; it takes 2 of 3" in said
    with commits():
        made = desk.run("publish", draft, copy, give="y\n")
    assert "1 entries here lie beyond it. They are kept" in made.output
    assert Log.objects.get(name=LOG).vkey != before
    rooted.say("pact.note/1", **note("town-a@0"))
    assert Log.objects.get(name=LOG).size == 6  # two of them put the documents on record
    assert "version 2, from entry 3" in desk.run("show", LOG).output
    assert fsck().ok


def test_an_interrupted_rotation_goes_on_with_the_same_draft(
    desk: Desk, rooted: Town, commits
) -> None:
    desk.roots("two", "--only-next")
    draft = desk.folder / "rotate.draft"
    arguments = ("rotate", LOG, "--next", desk.folder / "two" / "next.roots", "--out", draft)
    desk.run(*arguments)
    first = draft.read_bytes()
    rooted.say("pact.note/1", **note("town-a@0"))
    draft.unlink()
    desk.run(*arguments)
    assert draft.read_bytes() == first
    assert "a draft of version 2 waits" in desk.run("show", LOG).output
    desk.run("drop", LOG, "--yes")
    assert this_home().keys.staged(LOG, f"hansa/{LOG}") is None
    desk.run(*arguments)
    assert draft.read_bytes() != first


def test_a_stolen_key(desk: Desk, rooted: Town, commits) -> None:
    for _ in range(3):
        rooted.say("pact.note/1", **note("town-a@0"))
    desk.roots("two", "--only-next")
    draft = desk.folder / "revoke.draft"
    made = desk.run(
        "revoke", LOG, "--next", desk.folder / "two" / "next.roots", "--out", draft, give="2\n"
    )
    assert "What was written last" in made.output
    assert "counts as STOLEN" in made.output
    desk.sign(draft, "one", "now", 2, 3)
    desk.sign(draft, "one", "next", 1, 2)
    with commits():
        made = desk.run("publish", draft, give="y\n")
    assert "4 entries here lie beyond it. They are set aside" in made.output
    assert Log.objects.get(name=LOG).size == 4  # and both documents, put on record anew
    assert Aside.objects.count() == 4
    rooted.say("pact.note/1", **note("town-a@0"))
    assert fsck().ok


def test_the_end_of_a_fork_keeps_the_branch_that_stands_here(
    desk: Desk, rooted: Town, commits
) -> None:
    rooted.say("pact.note/1", **note("town-a@0"))
    desk.roots("two", "--only-next")
    draft = desk.folder / "restart.draft"
    made = desk.run(
        "restart", LOG, "--next", desk.folder / "two" / "next.roots", "--out", draft, code=1
    )
    assert "--at" in str(made.exception)
    made = desk.run(
        "restart", LOG, "--next", desk.folder / "two" / "next.roots", "--at", 2, "--out", draft
    )
    assert "share the first 2 entries. The 2 after them that stand here are kept" in made.output
    desk.sign(draft, "one", "now", 1, 2)
    desk.sign(draft, "one", "next", 1, 2)
    with commits():
        desk.run("publish", draft, give="y\n")
    assert Log.objects.get(name=LOG).size == 5
    assert keeping.chain_of(LOG)[1].start == 2
    assert fsck().ok


def test_roots_that_were_not_committed_to_are_refused_at_once(desk: Desk, rooted: Town) -> None:
    other = desk.roots("other")
    made = desk.run(
        "rotate", LOG, "--now", other / "now.roots", "--next", other / "next.roots", code=1
    )
    assert "not the roots to which the document in force committed" in str(made.exception)


def test_a_log_without_roots_says_what_to_do(desk: Desk, own: Town) -> None:
    two = desk.roots("two", "--only-next")
    made = desk.run("rotate", LOG, "--next", two / "next.roots", code=1)
    assert "hansa keys begin" in str(made.exception)


def test_fault_a_publication_cut_short_is_done_again(
    desk: Desk, rooted: Town, commits, monkeypatch
) -> None:
    """Power goes before, and after, the new key takes the old one's place."""
    desk.roots("two", "--only-next")
    draft = desk.folder / "rotate.draft"
    desk.run("rotate", LOG, "--next", desk.folder / "two" / "next.roots", "--out", draft)
    desk.sign(draft, "one", "now", 1, 2)
    desk.sign(draft, "one", "next", 1, 2)
    with monkeypatch.context() as patch:
        patch.setattr(announce, "speak", lambda: None)
        desk.run("publish", draft, "--yes")  # committed; the key is not yet exchanged
    assert this_home().keys.staged(LOG, f"hansa/{LOG}")
    rooted.say("pact.note/1", **note("town-a@0"))
    assert this_home().keys.staged(LOG, f"hansa/{LOG}") is None
    desk.run("publish", draft, "--yes")
    assert fsck().ok


def test_locking_and_unlocking(desk: Desk, own: Town) -> None:
    made = desk.run("lock", give="correct horse battery\ncorrect horse battery\n")
    assert "keys were locked" in made.output
    assert "are locked under a passphrase" in desk.run("show").output
    own.say("pact.note/1", **note("town-a@0"))
    desk.run("passphrase", give="another long passphrase\nanother long passphrase\n")
    desk.run("unlock", give="y\n")
    assert "are not locked" in desk.run("show").output
    assert len((this_home().folder / "keys" / f"{LOG}.seed").read_bytes()) == 32


@pytest.mark.parametrize("damage", ["row", "group", "order"])
def test_rows_find_their_own_mistakes(damage: str) -> None:
    _made, (page, *_others) = paper.make("hansa/town-a", "now", 2, 3)
    rows = paper.rows(page.seed)
    assert paper.read_rows("\n".join(rows)) == page.seed
    if damage == "row":
        rows[2] = rows[1]
    elif damage == "group":
        rows[3] = " ".join(reversed(rows[3].split()))
    else:
        rows[0], rows[1] = rows[1], rows[0]
    with pytest.raises(Exception, match="not as it stands"):
        paper.read_rows("\n".join(rows))


# On a machine of its own, through a real terminal.


def terminal(arguments: list[str], answers: list[tuple[str, str]], env: dict[str, str]) -> str:
    """Run `hansa` at a terminal; wait for each prompt and type its answer; return all that was shown."""
    pid, line = pty.fork()
    if pid == 0:
        os.execve(  # noqa: S606 - the child of a terminal of our own
            sys.executable,
            [sys.executable, "-c", "from hansa.node.main import main; main()", *arguments],
            env,
        )
    shown, left, end = "", list(answers), time.monotonic() + 60
    while time.monotonic() < end:
        if left and left[0][0] in shown.rsplit("\x00", 1)[-1]:
            os.write(line, (left.pop(0)[1] + "\n").encode())
            shown += "\x00"
        if select.select([line], [], [], 0.2)[0]:
            try:
                data = os.read(line, 4096)
            except OSError:
                break
            if not data:
                break
            shown += data.decode("utf-8", "replace")
    _pid, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, shown
    assert not left, shown
    return shown


def test_pages_are_made_and_sign_on_a_machine_without_a_home(
    tmp_path: Path, desk: Desk, own: Town
) -> None:
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HANSA", "DJANGO"))
    } | {"HANSA_HOME": str(tmp_path / "no-home"), "HOME": str(tmp_path)}
    shown = terminal(["keys", "roots", LOG, str(tmp_path / "one")], [], env)
    assert "Switch this machine off".lower() in shown.lower()
    draft = tmp_path / "first.draft"
    desk.run(
        "begin",
        LOG,
        "--now",
        tmp_path / "one" / "now.roots",
        "--next",
        tmp_path / "one" / "next.roots",
        "--out",
        draft,
    )
    rows = desk.rows("one", "now", 2).split("\n")
    answers = [("same, and is this", "y"), ("foot of your page", "y")]
    answers += [(f"Row {i + 1}:", rows[i]) for i in range(4)]
    shown = terminal(["keys", "sign", str(draft)], answers, env)
    assert "Signed by 1 of its roots" in shown
    assert not (tmp_path / "no-home").exists()


def test_lost_roots_are_drawn_up_anew_for_the_others_to_decide(desk: Desk, rooted: Town) -> None:
    fresh = desk.roots("fresh")
    draft = desk.folder / "rebind.draft"
    made = desk.run(
        "rebind", LOG, "--now", fresh / "now.roots", "--next", fresh / "next.roots", "--out", draft
    )
    assert "The roots of hansa/town-a are lost" in made.output
    made = desk.run("text", draft, code=1)
    assert "Not enough roots" in str(made.exception)
    made = desk.sign(draft, "fresh", "now", 1, 2)
    assert "hansa keys text FILE" in made.output
    note_ = desk.run("text", draft).output
    assert rebinding.read(note_).version == 2
    made = desk.run("publish", draft, "--yes", code=1)
    assert "it takes 2" in str(made.exception)  # only the members put it in force


def test_a_holder_objects_on_papers_word_alone(desk: Desk, rooted: Town) -> None:
    made = desk.run("object", LOG, "town-b@7", give=desk.rows("one", "now", 3))
    text = made.stdout[made.stdout.index("hansa/objection") :]
    assert rebinding.is_objection(text, "town-b@7")
    assert chain.signers(rebinding.as_note(text), keeping.chain_of(LOG)[0].root_verifiers)
