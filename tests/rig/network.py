"""What one node hears when it asks another: the answer, none, an old one, a torn one, or a lie."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hansa.kernel.errors import Untrusted
from hansa.kernel.sync import serve
from hansa.kernel.sync.pull import Puller
from hansa.kernel.sync.report import Report
from hansa.kernel.sync.transport import Unreachable
from hansa.kernel.witness.asking import OK, Ask
from tests.rig.dice import Dice, dice
from tests.rig.disk import Killed
from tests.rig.lies import lie, tear
from tests.rig.nodes import Node

if TYPE_CHECKING:
    from tests.rig.world import World

LATE_AT_MOST = 20
MOST = 64 * 1024


@dataclass(frozen=True)
class Weather:
    """How likely each mishap is, for one exchange."""

    lost: float = 0.0
    """The question never arrives, or its answer does not."""
    late: float = 0.0
    """The question arrives only after later ones, when nobody waits for the answer."""
    twice: float = 0.0
    """The question arrives two times."""
    stale: float = 0.0
    """Something between the two answers from what it heard before."""
    torn: float = 0.0
    """Bytes are missing or changed in the question or the answer."""

    @property
    def words(self) -> str:
        """Say it in plain words."""
        bad = [f"{name} {chance:.0%}" for name, chance in vars(self).items() if chance]
        return ", ".join(bad) or "calm"


@dataclass(frozen=True)
class Question:
    """What one node asked another."""

    client: Node
    server: Node
    path: str
    body: bytes | None
    token: str | None


@dataclass
class Network:
    """Carries questions and answers between the nodes of one world."""

    world: "World"
    weather: Weather = field(default_factory=Weather)
    cut: set[frozenset[str]] = field(default_factory=set)
    dice: Dice = field(default_factory=lambda: dice("calm"))
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many questions, by who asked and by path without what follows a question mark."""
    reached: set[str] = field(default_factory=set)
    """Addresses from which a whole answer came."""
    heard: int = 0
    """Bytes of all answers."""
    waiting: list[Question] = field(default_factory=list)
    answers: dict[tuple[str, str], list[tuple[int, bytes]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def reaches(self, one: Node, other: Node) -> bool:
        """Tell whether there is a way between two nodes, and both run."""
        return one.alive and other.alive and frozenset({one.name, other.name}) not in self.cut

    def ask(self, question: Question) -> tuple[int, bytes]:
        """Carry a question to its node and bring back what the weather leaves of the answer."""
        self.asked[question.client.name, question.path.partition("?")[0]] += 1
        drawn, now = self.dice, self.weather
        if not self.reaches(question.client, question.server):
            raise Unreachable("No answer.")
        if drawn.chance(now.late):
            if len(self.waiting) < LATE_AT_MOST:
                self.waiting.append(question)
            raise Unreachable("No answer in time.")
        if drawn.chance(now.lost / 2):
            raise Unreachable("The question was lost.")
        if drawn.chance(now.torn / 2) and question.body:
            torn = tear(question.body, drawn)
            question = Question(
                question.client, question.server, question.path, torn, question.token
            )
        if drawn.chance(now.twice):
            self._answer(question)
        status, data = self._spoil(question, *self._answer(question))
        self.heard += len(data)
        self.reached.add(question.server.url)
        return status, data

    def pull(self, node: Node, peer: Node) -> Report:
        """Let one node fetch from another what it has, as its worker would."""
        return self.puller(node).round(peer.url)

    def puller(self, node: Node) -> Puller:
        """Return what this node's process remembers of its peers; a new process remembers nothing."""
        if "puller" not in node.memory:
            node.memory["puller"] = Puller(Wire(self, node))
        puller: Puller = node.memory["puller"]
        return puller

    def forget(self, server: Node) -> None:
        """Forget what is still under way from a node, which has forgotten it, too."""
        self.waiting = [one for one in self.waiting if one.server is not server]
        for place in [place for place in self.answers if place[0] == server.name]:
            del self.answers[place]

    def _spoil(self, question: Question, status: int, data: bytes) -> tuple[int, bytes]:
        """Return the answer as it arrives; Unreachable if it does not."""
        drawn, now = self.dice, self.weather
        before = self.answers[question.server.name, question.path]
        before.append((status, data))
        if question.server.hostile and drawn.chance(self.world.lies):
            status, data = lie((status, data), before, self.answers, drawn)
        if drawn.chance(now.stale):
            status, data = drawn.one(before)
        if drawn.chance(now.torn / 2):
            data = tear(data, drawn)
        if drawn.chance(now.lost / 2):
            raise Unreachable("The answer was lost.")
        return status, data

    def _carry(self, question: Question) -> Question:
        """Return the question as it arrives; Unreachable if it does not."""
        if not self.reaches(question.client, question.server):
            raise Unreachable("No answer.")
        if self.dice.chance(self.weather.late):
            if len(self.waiting) < LATE_AT_MOST:
                self.waiting.append(question)
            raise Unreachable("No answer in time.")
        if self.dice.chance(self.weather.lost / 2):
            raise Unreachable("The question was lost.")
        if self.dice.chance(self.weather.torn / 2) and question.body:
            return replace(question, body=tear(question.body, self.dice))
        return question

    def deliver_late(self) -> None:
        """Let questions arrive that were under way, in any order; nobody waits for their answers."""
        late, self.waiting = self.waiting, []
        self.dice.shuffle(late)
        for question in late:
            if question.server.alive:
                try:
                    self._answer(question)
                except Unreachable:
                    continue

    def _answer(self, question: Question) -> tuple[int, bytes]:
        server = self.world.shown_to(question.client, question.server)
        self.world.publish(server)
        method = "GET" if question.body is None else "POST"
        try:
            with server:
                answer = serve.answer(
                    method,
                    question.path,
                    question.body or b"",
                    question.token,
                    question.client.name,
                )
        except Killed:
            self.world.died(server, f"it answers {question.client.name}")
            raise Unreachable("The connection broke.") from None
        if question.path.endswith("/add-checkpoint") and answer.status == OK:
            self.world.cosigned(server, question.body or b"")
        return answer.status, answer.body


@dataclass(frozen=True)
class Wire:
    """The transport of one virtual node."""

    net: Network
    client: Node

    def ask(
        self,
        url: str,
        path: str,
        body: bytes | None,
        *,
        most: int,
        seconds: float,
        token: str | None,
    ) -> tuple[int, bytes]:
        """Ask the node at `url`; Unreachable if no answer comes, or more of it than was asked for."""
        server = next((node for node in self.net.world.nodes if node.url == url), None)
        if server is None:
            raise Unreachable(f"There is no {url}.")
        status, data = self.net.ask(Question(self.client, server, path, body, token))
        if len(data) > most:
            raise Unreachable("The answer is longer than it may be.")
        return status, data


def plainly(net: Network, client: Node) -> Ask:
    """Return the way in which a node asks witnesses: without a session."""

    def ask(url: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        try:
            return Wire(net, client).ask(url, path, body, most=MOST, seconds=10, token=None)
        except Unreachable as error:
            raise Untrusted(error.sentence) from error

    return ask


def words(report: Report) -> str:
    """Say in plain words what came of a round with a peer."""
    said = [f"{report.new} new"]
    if report.late:
        said.append(f"{report.late} late bodies")
    if report.held:
        said.append(f"holds back {', '.join(report.held)}")
    said += [f"refuses {one.what} of {one.log or 'nobody'}: {one.why}" for one in report.refused]
    said += [problem for problem in (report.problem, report.unknown) if problem]
    return "; ".join(said)
