"""The ceremonies of `hansa keys`: roots made, documents drawn up, signed on paper's word, and put in force.

Each says in plain words what will happen, what to compare aloud, and what comes next. `roots` and
`sign` need no home and no network.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hansa.kernel.errors import Refused
from hansa.node import start
from hansa.node.commands.story import first_groups, progress, story

if TYPE_CHECKING:
    from hansa.kernel.models import Log
    from hansa.kernel.roots.drafts import Draft
    from hansa.kernel.roots.paper import RootSet

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_yes = click.option("--yes", is_flag=True, help="Do not ask; it was compared.")
_next = click.option(
    "--next",
    "after",
    type=FILE,
    required=True,
    help="The public file of newly made roots (hansa keys roots --only-next).",
)
_now = click.option(
    "--now",
    type=FILE,
    help="The public file of the roots that come into force, if this home lost it.",
)
_out = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the draft to this file."
)


@click.command()
@click.argument("log")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--of",
    "count",
    type=click.IntRange(1, 16),
    default=3,
    show_default=True,
    help="How many pages a set has.",
)
@click.option(
    "--threshold",
    type=click.IntRange(1, 16),
    default=2,
    show_default=True,
    help="How many of them must sign.",
)
@click.option(
    "--only-next", is_flag=True, help="Make one set, to follow those that are committed to already."
)
@click.option("--exercise", is_flag=True, help="For a log of an exercise.")
def roots(
    log: str, folder: Path, count: int, threshold: int, *, only_next: bool, exercise: bool
) -> None:
    """Make root keys for LOG, one page to print each, in FOLDER: on a machine that has no network, and forgets."""
    from hansa.kernel.ref import is_log_name
    from hansa.kernel.roots import paper

    if not is_log_name(log):
        raise Refused(f"“{log}” cannot be a log's name.", field="log")
    if threshold > count:
        raise Refused(f"{count} pages cannot give {threshold} signatures.", field="threshold")
    origin = f"{'exercise' if exercise else 'hansa'}/{log}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Refused(f"{folder} holds other things. Name an empty folder.", code="not-empty")
    for called in ("next",) if only_next else ("now", "next"):
        made, pages = paper.make(origin, called, threshold, count)
        _write(folder / f"{called}.roots", made.text())
        for page in pages:
            name = f"{called}-{page.number}-of-{count}"
            _write(folder / f"{name}.html", paper.as_html(page))
            _write(folder / f"{name}.txt", paper.as_text(page))
            click.echo(f"{name}  {page.signer.name}  {page.signer.verifier.fingerprint}")
    click.echo(
        f"\nIn {folder}: one page for each root (.html with a QR code, or .txt), and the public file of each set (.roots).\n"
        f"1. Print every page, one copy. Check that each can be read.\n"
        f"2. Give each to its holder. {threshold} of the {count} decide; nobody should hold two of one set{'' if only_next else ', nor keep both sets in one place'}.\n"
        f"3. Take only the .roots files away with you, for the node. They are no secret.\n"
        f"4. Destroy everything else: switch this machine off, and wipe or burn what it wrote on."
    )


@click.command()
@click.argument("log")
@click.option(
    "--now", type=FILE, required=True, help="The public file of the roots that decide from now on."
)
@_next
@_out
def begin(log: str, now: Path, after: Path, out: Path | None) -> None:
    """Draw up the first key document of LOG, which names its roots. Its key stays as it is."""
    start.open_home()
    from hansa.kernel.roots import ceremony

    draft = ceremony.waiting(log) or ceremony.begin(log, _set(now), _set(after))
    _hand_out(draft, out)


@click.command()
@click.argument("log")
@_next
@_now
@_out
@click.option("--agent", is_flag=True, help="The new key is one of the ssh-agent's.")
def rotate(log: str, after: Path, now: Path | None, out: Path | None, *, agent: bool) -> None:
    """Draw up a planned change of LOG's key: a new one, made here, signs from the next entry on."""
    found = _ready(log)
    from hansa.kernel.roots import ceremony

    draft = ceremony.waiting(log) or ceremony.draw_up(
        log,
        "rotate",
        found.size,
        _set(after),
        now=_set(now) if now else None,
        agent_pub=_agents() if agent else None,
    )
    _hand_out(draft, out)


@click.command()
@click.argument("log")
@_next
@_now
@_out
@click.option(
    "--good", type=int, help="How many entries of the log are good; later ones are set aside."
)
@click.option("--agent", is_flag=True, help="The new key is one of the ssh-agent's.")
def revoke(
    log: str, after: Path, now: Path | None, out: Path | None, good: int | None, *, agent: bool
) -> None:
    """Draw up the end of LOG's stolen key: only the first entries, up to a size you name, still count."""
    found = _ready(log)
    from hansa.kernel.roots import ceremony

    draft = ceremony.waiting(log)
    if draft is None:
        size = _last_good(found) if good is None else good
        draft = ceremony.draw_up(
            log,
            "revoke",
            size,
            _set(after),
            now=_set(now) if now else None,
            agent_pub=_agents() if agent else None,
        )
    _hand_out(draft, out)


@click.command()
@click.argument("log")
@_next
@_now
@_out
@click.option(
    "--at", type=int, help="The last size that both branches share, if this node does not know it."
)
def restart(log: str, after: Path, now: Path | None, out: Path | None, at: int | None) -> None:
    """Draw up the end of a fork of LOG: the branch that stands here goes on under a new key."""
    found = _ready(log)
    from hansa.kernel.roots import ceremony

    draft = ceremony.waiting(log)
    if draft is None:
        size = _common(found) if at is None else at
        click.echo(
            f"Both branches share the first {size:,} entries. The {found.size - size:,} after them that stand here are kept, and signed by the new key. Those of the other branch are set aside everywhere, as evidence."
        )
        draft = ceremony.draw_up(log, "restart", size, _set(after), now=_set(now) if now else None)
    _hand_out(draft, out)


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--page", type=FILE, help="Read the four rows from this file, or “-” for what a scanner types."
)
@_yes
def sign(file: Path, page: Path | None, *, yes: bool) -> None:
    """Sign the key document in FILE with the root on your page. Needs no home and no network."""
    from hansa.kernel.roots import drafts, paper

    draft = drafts.read(file.read_bytes())
    click.echo(story(draft))
    if not yes:
        click.confirm("Does every holder read the same, and is this what you decided?", abort=True)
        click.confirm(
            f"Look at the foot of your page. Has it signed nothing of version {draft.document.version} yet, or this very document?",
            abort=True,
        )
    seed = paper.read_rows(page.read_text("utf-8")) if page else _typed_rows()
    signed = drafts.sign(draft, seed)
    _write(file, signed.write())
    click.echo(
        f"Signed. Write on the foot of your page: version {draft.document.version}, {first_groups(draft)}.\n\n{progress(signed)}"
    )


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True)
@_yes
def publish(files: tuple[Path, ...], *, yes: bool) -> None:
    """Put the key document in FILES (copies with different signatures do) in force, here and for all who follow the log."""
    start.open_home()
    from hansa.kernel import announce
    from hansa.kernel.roots import ceremony, drafts

    draft = drafts.join([drafts.read(file.read_bytes()) for file in files])
    found = ceremony.the_log(draft.document.log)
    click.echo(story(draft))
    beyond = found.size - draft.document.start
    keep = draft.purpose != "revoke"
    if beyond > 0 and draft.purpose != "begin":
        click.echo(
            f"{beyond:,} entries here lie beyond it. "
            + (
                "They are kept and signed anew."
                if keep
                else "They are set aside, as evidence; records that cite them no longer count."
            )
        )
    if not yes:
        click.confirm("Put it in force?", abort=True)
    ceremony.publish(draft, keep=keep)
    announce.speak()
    click.echo(
        "It is in force here. Other nodes take it when they next ask this one; until then they go by the old key. Tell the other keepers, by voice, the first four groups above, and watch under “Keys” until all show this version."
    )


@click.command()
@click.argument("log")
@_yes
def drop(log: str, *, yes: bool) -> None:
    """Drop the draft for LOG that waits, with the key made for it. Only while no root holder has signed it."""
    start.open_home()
    from hansa.kernel.roots import ceremony

    draft = ceremony.waiting(log)
    if draft is None:
        raise Refused(f"No draft of the keys of {log} waits here.")
    if not yes:
        click.confirm(
            "If a root signed it already, never let that root sign another of the same version. Drop it?",
            abort=True,
        )
    ceremony.drop(log)
    click.echo("Dropped.")


@click.command()
@click.argument("log")
@_next
@click.option("--now", type=FILE, required=True, help="The public file of the new roots.")
@_out
@click.option("--good", type=int, help="How many entries of the log stay; else all that are here.")
def rebind(log: str, after: Path, now: Path, out: Path | None, good: int | None) -> None:
    """Draw up new keys for LOG, whose roots are lost, for another member to propose. The log's entries must be here."""
    found = _ready(log)
    from hansa.kernel.roots import ceremony

    size = found.size if good is None else good
    draft = ceremony.waiting(log)
    if draft is None:
        draft = ceremony.draw_up(log, "rebind", size, _set(after), now=_set(now))
    _hand_out(draft, out)


@click.command()
@click.argument("file", type=FILE)
def text(file: Path) -> None:
    """Print the signed document in FILE, for another member to propose under “Keys”."""
    from hansa.kernel.roots import drafts

    draft = drafts.read(file.read_bytes())
    if not draft.complete:
        raise Refused(f"Not enough roots have signed yet.\n{progress(draft)}", code="not-signed")
    click.echo(draft.note.decode(), nl=False)


@click.command("object")
@click.argument("log")
@click.argument("proposal")
@click.option("--page", type=FILE, help="Read the four rows from this file.")
@click.option("--exercise", is_flag=True, help="For a log of an exercise.")
def object_(log: str, proposal: str, page: Path | None, *, exercise: bool) -> None:
    """Object, with the root on your page, to the PROPOSAL that gives LOG new keys. Needs no home and no network."""
    from hansa.kernel.roots import paper

    seed = paper.read_rows(page.read_text("utf-8")) if page else _typed_rows()
    origin = f"{'exercise' if exercise else 'hansa'}/{log}"
    click.echo(paper.object_to(proposal, paper.signer_of(origin, seed)).decode(), nl=False)
    click.echo(
        "Give this text to any member, quickly: it says it on the proposal’s page, under “Object”.",
        err=True,
    )


COMMANDS = [roots, begin, sign, publish, rotate, revoke, restart, rebind, text, object_, drop]


def _ready(log: str) -> "Log":
    start.open_home()
    from hansa.kernel.roots import ceremony

    return ceremony.the_log(log)


def _set(file: Path) -> "RootSet":
    from hansa.kernel.roots.paper import read_set

    return read_set(file.read_text(encoding="utf-8"))


def _agents() -> bytes:
    from hansa.kernel.agent import identities

    found = identities()
    for i, one in enumerate(found, start=1):
        click.echo(f"{i}  {one.comment}")
    if not found:
        raise Refused("The ssh-agent has no Ed25519 key. Add one with ssh-add.", code="agent")
    chosen: int = click.prompt("Which key", type=click.IntRange(1, len(found)), default=1)
    return found[chosen - 1].pub


def _typed_rows() -> bytes:
    from hansa.kernel.roots import paper

    parts = []
    for row in range(paper.ROWS):
        while True:
            try:
                parts.append(paper.read_row(row, click.prompt(f"Row {row + 1}")))
            except Refused as refusal:
                click.echo(refusal.sentence, err=True)
            else:
                break
    return b"".join(parts)


def _last_good(log: "Log") -> int:
    """Ask for the last good size, after showing what was written last."""
    from hansa.kernel.models import Entry
    from hansa.kernel.telling import moment, tell
    from hansa.kernel.witness.models import Dated

    cosigned = Dated.objects.filter(log=log.name).order_by("-size").first()
    last = list(Entry.objects.filter(log=log.name).order_by("-index")[:20])
    click.echo("What was written last, the newest first:")
    for told in tell(last):
        click.echo(f"  {told.entry.index:>7,}  {moment(told.entry.at)}  {told.sentence}")
    click.echo(
        "The size is the number of the first entry that is not yours (the last good one, and one more)."
    )
    proposed = min(cosigned.size, log.size) if cosigned else log.size
    size: int = click.prompt("Last good size", type=click.IntRange(0, log.size), default=proposed)
    return size


def _common(log: "Log") -> int:
    from hansa.kernel.witness.models import Evidence

    known = [one.common for one in Evidence.objects.filter(log=log.name) if one.common is not None]
    if not known:
        raise Refused(
            f"This node knows of no fork of {log.name} whose beginning it could find. Name the last shared size with --at.",
            field="at",
        )
    return min(known)


def _hand_out(draft: "Draft", out: Path | None) -> None:
    name = draft.document.log
    path = out or Path(f"{name}-{draft.document.version}.draft")
    _write(path, draft.write())
    click.echo(story(draft))
    click.echo(
        f"\nThe draft stands in {path}. It holds no secret; carry it to the root holders as you like."
    )


def _write(path: Path, data: str | bytes) -> None:
    raw = data.encode() if isinstance(data, str) else data
    whole = path.with_name(f".{path.name}.part")
    whole.touch(mode=0o600)
    whole.write_bytes(raw)
    whole.replace(path)
