"""How one home hands a member's log over to another: the log with its history and keys goes on there, without a break.

Only one home may write in a log. So the old one stops before the package is given away, and the new one asks
the witnesses before it signs, as any home does that was not here before.
"""

import base64
from pathlib import Path

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.home import home
from hansa.kernel.models import Log
from hansa.kernel.note import open_checkpoint
from hansa.kernel.roots import keeping as roots
from hansa.kernel.sync.carried import carry_in, carry_out
from hansa.kernel.tiles import read_file, write_file

ABOUT, LOGS = "handover.json", "logs"
LARGEST = 8 * 1024 * 1024


class Known(msgspec.Struct, frozen=True):
    """A log that goes along: by what key it is followed, and how many entries of it there are."""

    name: str
    vkey: str
    size: int


class Handover(msgspec.Struct, frozen=True):
    """What a package holds beside the logs: whose it is, in which realm, its private keys, and the logs to follow.

    `left_out`: a sentence for each attachment that was too damaged to go along.
    """

    log: str
    realm: str
    zone: str
    keys: dict[str, str]
    logs: list[Known]
    left_out: list[str] = []

    @property
    def size(self) -> int:
        """Return how many entries the log handed over has."""
        return next(one.size for one in self.logs if one.name == self.log)


def pack(name: str, folder: Path, zone: str) -> Handover:
    """Write into the folder all that a home of its own needs to go on with the log; nothing changes here yet."""
    log = _own(name)
    # A package is encrypted in memory. Other members' attachments come from their own nodes.
    written = carry_out(folder / LOGS, name, attached_in=name)
    keys = home().keys.hand_over(name)
    about = Handover(
        name,
        log.realm,
        zone,
        {file: base64.b64encode(data).decode() for file, data in keys.items()},
        [
            Known(one, roots.first_key(Log.objects.get(name=one)), size)
            for one, size in sorted(written.sizes.items())
        ],
        written.trouble,
    )
    if about.size != log.size:
        raise Refused(
            _("Something was said in the meantime. Stop the server of this home, and try again.")
        )
    write_file(folder / ABOUT, msgspec.json.encode(about))
    return about


def release(about: Handover) -> None:
    """Stop writing in the log here, for good: its keys are removed. Refused if it grew since it was packed."""
    with transaction.atomic():
        log = Log.objects.select_for_update().get(name=about.log)
        if log.size != about.size:
            raise Refused(
                _(
                    "Something was said since the package was made. Nothing was handed over; try again."
                )
            )
        log.mine = False
        log.save(update_fields=["mine"])
    home().keys.forget(about.log)


def read(folder: Path) -> Handover:
    """Read what a package is about; Untrusted if it is none."""
    data = read_file(folder, ABOUT, LARGEST)
    try:
        return msgspec.json.decode(data or b"", type=Handover)
    except msgspec.DecodeError as error:
        raise Untrusted("This is no handover of a log.") from error


def take(folder: Path, about: Handover) -> Log:
    """Go on with the log in this home: its keys, its history, and all other logs of the package.

    Untrusted, with nothing kept, if the log that comes out is not whole or not signed by the key that came along.
    """
    if Log.objects.filter(name=about.log).exists():
        raise Refused(
            _("The log %(log)s is known in this home already.") % {"log": about.log},
            code="log-exists",
        )
    files = {file: base64.b64decode(data) for file, data in about.keys.items()}
    home().keys.take_over(about.log, files)
    try:
        with transaction.atomic():
            for one in about.logs:
                Log.objects.create(
                    name=one.name, realm=about.realm, vkey=one.vkey, mine=one.name == about.log
                )
            report = carry_in(folder / LOGS)
            log = Log.objects.get(name=about.log)
            if log.size != about.size or not log.note:
                why = "; ".join(one.why for one in report.refused) or "entries are missing"
                raise Untrusted(f"The log {about.log} did not come whole ({why}).")
            open_checkpoint(log.note.encode(), home().keys.verifier(about.log, log.origin))
            roots.verifiers(log, log.size)
    except BaseException:
        home().keys.forget(about.log)
        raise
    return log


def _own(name: str) -> Log:
    log = Log.objects.filter(name=name, mine=True).exclude(note="").first()
    if log is None:
        raise Refused(
            _("The log %(log)s is not kept here, or nothing stands in it yet.") % {"log": name},
            field="log",
            code="no-log",
        )
    return log
