"""How a government joins a pact that lives on other nodes: it asks by letter, a member vouches for it and answers.

Nothing here is automatic. A person compares the fingerprint before a log is followed.
"""

from django.utils.translation import gettext as _

from hansa.kernel.errors import Refused
from hansa.kernel.home import home
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.models import Body, Entry, Log
from hansa.kernel.note import Verifier, open_checkpoint
from hansa.kernel.roots import keeping as roots
from hansa.kernel.sync import proofs
from hansa.kernel.sync.follow import follow
from hansa.kernel.sync.letters import (
    REQUEST,
    WELCOME,
    Known,
    Request,
    Welcome,
    armour,
    order,
)
from hansa.kernel.sync.models import Introduction, Node
from hansa.kernel.writing import writing


def write_request(name: str) -> str:
    """Return the letter by which the member that keeps the log asks to join; Refused unless it is kept here."""
    log = _own(name)
    head = log.note.encode()
    verifier = Verifier.parse(log.vkey)
    first = Entry.objects.get(log=name, index=0)
    request = Request(
        verifier,
        _address(name),
        head,
        (bytes(first.header),),
        (bytes(Body.objects.get(entry_id=first.id).data),),
        tuple(proofs.grown(name, 1, open_checkpoint(head, verifier))),
        "" if roots.first_key(log) == log.vkey else roots.first_key(log),
    )
    return armour(REQUEST, home().keys.statement(name, log.origin, request.text()))


def write_welcome(sender: str, to: str, pact: str) -> str:
    """Return the letter by which the member `sender` tells the newcomer `to` which logs the pact at `pact` is made of."""
    log = _own(sender)
    known = [
        Known(Verifier.parse(roots.first_key(one)), _address(one.name))
        for one in Log.objects.filter(size__gt=0).exclude(name=to)
    ]
    letter = Welcome(to, pact, order(known, sender), Verifier.parse(log.vkey))
    return armour(WELCOME, home().keys.statement(sender, log.origin, letter.text()))


def take_in(request: Request) -> Log:
    """Follow the newcomer's log and fold what its letter brought. The person has compared the fingerprint.

    Refused if the name is another's; Untrusted, with nothing kept, if the records do not hold.
    """
    with writing():
        log = follow(request.first or request.verifier.vkey(), request.url)
        if len(request.entries) > log.size:
            ingest(
                [
                    Bundle(
                        log=log.name,
                        note=request.head,
                        entries=request.entries[log.size :],
                        bodies=request.bodies[log.size :],
                        proof=request.proof,
                    )
                ]
            )
    log.refresh_from_db()
    return log


def follow_all(letter: Welcome) -> list[str]:
    """Follow every log of a welcome, all or none; return those that are new here.

    Refused if the letter is for another, or speaks of a log by another key than is known here.
    """
    if not Log.objects.filter(name=letter.to, mine=True).exists():
        raise Refused(
            _("This letter is for %(log)s, whose log is not kept here. Ask for one of your own.")
            % {"log": letter.to},
            code="not-for-us",
        )
    before = set(Log.objects.values_list("name", flat=True))
    with writing():
        for known in letter.logs:
            follow(known.verifier.vkey(), known.url)
    return sorted(one.log for one in letter.logs if one.log not in before)


def _own(name: str) -> Log:
    log = Log.objects.filter(name=name, mine=True).exclude(note="").first()
    if log is None:
        raise Refused(
            _("The log %(log)s is not kept here, or nothing stands in it yet.") % {"log": name},
            field="log",
            code="no-log",
        )
    return log


def _address(name: str) -> str:
    """Return where the log's node is, by its own word or else by whoever vouched for it; "" if nobody said."""
    node = Node.objects.filter(key=f"{name}/node").first()
    if node is not None:
        return node.url
    said = Introduction.objects.filter(log=name).exclude(url="").order_by("at", "key").first()
    return said.url if said else ""
