"""What is fetched beside entries: heads to compare, cosignatures, evidence of forks."""

from hansa.kernel.errors import Untrusted
from hansa.kernel.ingest import Bundle, size_of
from hansa.kernel.models import Log
from hansa.kernel.roots import keeping as roots
from hansa.kernel.sync import alike, wire
from hansa.kernel.sync.line import Line
from hansa.kernel.sync.models import Peer
from hansa.kernel.sync.report import Report
from hansa.kernel.witness import collecting, evidence, guard

LARGEST_PROOF = 4096
MOST_NUMBER = 2**63 - 1


def compare(line: Line, end: wire.End | None, asked: wire.Pull, report: Report) -> None:
    """Hold the heads that a peer shows against what stands here: two that contradict each other are evidence."""
    heads = {name: note for name, note in (end.heads if end else {}).items() if name in asked.have}
    for log in Log.objects.filter(name__in=heads):
        note = heads[log.name]
        if note == log.note.encode():
            continue  # the very head that stands here, and no cosignature with it
        try:
            head = roots.open_head(log, note)
            if head.size <= size_of(log.note) == log.size:
                if evidence.hold_against(log, note, line.url):
                    report.refuse(
                        log.name, "fork", "It signed two heads that contradict each other."
                    )
                    continue
            elif log.mine and head.size > log.size:
                guard.ahead(log, note, line.url)
            collecting.collect(log.name, note, line.url)
        except Untrusted as error:
            report.refuse(log.name, "head", error.sentence)


def suspect(line: Line, bundle: Bundle, report: Report) -> None:
    """Find out whether entries that did not hold are a lie of the peer, or of the log's own key: then it is a fork.

    The peer is asked for the proof that its head grew from ours. If its own root at our size is another one,
    and the proof holds, then the log has signed both.
    """
    log = Log.objects.filter(name=bundle.log).first()
    if log is None or not log.note:
        return
    try:
        head, ours = roots.open_head(log, bundle.note), size_of(log.note)
        if head.size <= ours:
            steps = []
        else:
            path = f"/sync/{log.name}/proof/{ours}/{head.size}"
            steps = list(wire.hashes(line.get(path, LARGEST_PROOF)))
        found = (
            evidence.hold_against(log, bundle.note, line.url)
            if head.size <= ours == log.size
            else evidence.accuse(log.name, log.note.encode(), bundle.note, steps, line.url)
        )
    except Untrusted:
        return  # it proves nothing: the refusal stands alone
    if found:
        report.refuse(log.name, "fork", "It signed two heads that contradict each other.")
        _part(line)


def fetch(line: Line, near: list[str], report: Report) -> None:
    """Fetch evidence of forks, and cosigned heads of the logs for which this peer is the one to ask."""
    peer, _made = Peer.objects.get_or_create(url=line.url)
    _evidence(line, peer, report)
    for name in near:
        try:
            data = line.get(f"/sync/{name}/cosigned/{collecting.since(name)}")
            for note in wire.decode(data, wire.Documents, "The list of cosigned heads").notes:
                collecting.collect(name, note, line.url)
        except Untrusted as error:
            report.refuse(name, "cosigned", error.sentence)
    alike.fetch(line, peer, report)


def _evidence(line: Line, peer: Peer, report: Report) -> None:
    followed = Log.objects.count()
    # What was about a log that nobody followed here was passed over; once one more is followed, all is read anew.
    known = peer.cursor.get("evidence", 0) if peer.cursor.get("followed") == followed else 0
    try:
        upto = evidence.receive(line.get(f"/sync/evidence/{known}", 8 * 1024 * 1024), line.url)
    except Untrusted as error:
        report.refuse("", "evidence", error.sentence)
        return
    _part(line)
    if known < upto <= MOST_NUMBER:
        peer.cursor = {**peer.cursor, "evidence": upto, "followed": followed}
        peer.save(update_fields=["cursor"])


def _part(line: Line) -> None:
    """Find with this peer where the trees of forked logs part, if it holds the tree that we do not."""
    for kept in evidence.unparted():

        def theirs(size: int, later: int, name: str = kept.log) -> list[bytes]:
            path = f"/sync/{name}/proof/{size}/{later}"
            return list(wire.hashes(line.get(path, LARGEST_PROOF)))

        try:
            evidence.locate(kept, theirs)
        except Untrusted:
            continue  # it does not hold that tree, or lies; another peer may know
