"""What members say: everyday records, some of them clumsy, and some that no honest node would write."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hansa.aid.models import Need, Pledge
from hansa.kernel import clock
from hansa.kernel.models import Row
from hansa.kernel.record import KINDS
from hansa.kernel.ref import home_of
from hansa.kernel.say import say
from hansa.kernel.seal.models import Audience
from hansa.pact.models import Call, Fact, Member, Note, Officer, Pact
from hansa.pact.words import Capability
from tests.rig.dice import Dice

Act = Callable[["Voice"], str]

FORMS = ["legal", "voice", "material", "information"]
GOODS = {"form": "material", "item": "n95-respirator", "unit": "piece"}
SOURCE = {"title": "An order", "publisher": "A ministry", "date": "2025-06-07"}
WORDS = ["Barriers", "Convoy", "Counsel", "Depot", "Ferry", "Harbour", "Lamps", "Masks", "Night"]


class Voice:
    """One officer of one log, about to say something, with dice for every choice."""

    def __init__(self, log: str, dice: Dice) -> None:
        self.log, self.dice = log, dice
        self.by = f"{log}@0"
        self.mark = ""
        """A word that stands in what is said, and nowhere else in the world."""
        self.secret = False
        self.audience = ""
        self.shown: list[str] = []
        """Who else may see some of it: the readers of an audience see its title."""

    def say(self, kind: str, /, **fields: Any) -> str:
        """Say a record of this kind, as a form or the API would."""
        record = KINDS[kind].read(fields)
        return say(record, log=self.log, by=self.by, audience=self.audience)

    def sealed(self) -> None:
        """Let what is said next be for an audience of this log alone."""
        self.audience, self.secret = self.row(Audience, own=True), True

    def row(self, model: type[Row], *, own: bool = False, **where: Any) -> str:
        """Return the key of any such row here; Nothing if there is none."""
        if own:
            where["home"] = self.log
        keys = list(
            model._default_manager.filter(**where).order_by("key").values_list("key", flat=True)
        )
        if not keys:
            raise NothingToSay(model.__name__.lower())
        return self.dice.one(keys)

    def text(self) -> str:
        """Return a few words."""
        self.mark = f"mark{self.dice.randbytes(8).hex()}"
        said = [self.dice.one(WORDS) for _ in range(self.dice.randint(1, 9))]
        return " ".join([*said, self.mark]) + "."


class NothingToSay(Exception):
    """There is nothing yet that this act could be about."""


def fact(voice: Voice) -> str:
    return voice.say(
        "pact.fact/1", when=clock.now() - timedelta(hours=1), text=voice.text(), sources=[SOURCE]
    )


def correct(voice: Voice) -> str:
    told = voice.row(Fact, own=True)
    return voice.say(
        "pact.fact-correction/1", fact=told, text=voice.text(), why="So.", sources=[SOURCE]
    )


def withdraw(voice: Voice) -> str:
    return voice.say("pact.fact-withdrawal/1", fact=voice.row(Fact, own=True), why="Wrong.")


def note(voice: Voice) -> str:
    models: list[type[Row]] = [Fact, Member, Note, Call, Need]
    model = voice.dice.one(models)
    where: dict[str, Any] = {} if voice.secret else {"audience": "pact"}
    return voice.say("pact.note/1", on=voice.row(model, **where), text=voice.text())


def call(voice: Voice) -> str:
    pact = Pact.objects.order_by("key").first()
    if pact is None:
        raise NothingToSay("pact")
    return voice.say(
        "pact.call/1",
        pact=pact.key,
        charter=pact.key,
        trigger="deployment",
        began=clock.now() - timedelta(minutes=1),
        place="Downtown",
        summary=voice.text(),
        forms=voice.dice.some(FORMS, 1),
    )


def narrow(voice: Voice) -> str:
    mine = voice.row(Call, own=True)
    return voice.say(
        "pact.call-change/1",
        call=mine,
        place="Uptown",
        summary=voice.text(),
        forms=voice.dice.some(FORMS, 1),
    )


def stand_down(voice: Voice) -> str:
    return voice.say("pact.call-end/1", call=voice.row(Call, own=True), why="They left.")


def decline(voice: Voice) -> str:
    return voice.say(
        "pact.decline/1", call=voice.row(Call), form=voice.dice.one(FORMS), reason=voice.text()
    )


def need(voice: Voice) -> str:
    mine = voice.row(Call, own=True, ended_at=None)
    due = {"urgency": "today", "due": clock.now() + timedelta(days=2)}
    return voice.say("aid.need/1", call=mine, quantity=voice.dice.randint(1, 900), **due, **GOODS)


def pledge(voice: Voice) -> str:
    wanted = Need.objects.get(key=voice.row(Need))
    return voice.say(
        "aid.pledge/1",
        call=wanted.call,
        need=wanted.key,
        quantity=voice.dice.randint(1, 300),
        **GOODS,
    )


def accept(voice: Voice) -> str:
    offered = Pledge.objects.get(key=voice.row(Pledge, needer=voice.log))
    return voice.say(
        "aid.acceptance/1",
        need=offered.need,
        pledge=offered.key,
        quantity=voice.dice.randint(1, offered.quantity),
    )


def stock(voice: Voice) -> str:
    amount = {"item": GOODS["item"], "unit": GOODS["unit"], "quantity": voice.dice.randint(0, 999)}
    if voice.dice.chance(0.5):
        return voice.say("aid.stock/1", **amount)
    voice.secret = True
    return voice.say("aid.reserve/1", why=voice.text(), **amount)


def appoint(voice: Voice) -> str:
    can = voice.dice.some([str(one.value) for one in Capability], 1)
    return voice.say(
        "pact.officer/1", office="Desk", handle=f"desk-{voice.dice.randrange(99)}", can=can
    )


def regrant(voice: Voice) -> str:
    officer = voice.row(Officer, own=True, ended_at=None)
    can = voice.dice.some([str(one.value) for one in Capability], 1)
    return voice.say("pact.officer-change/1", officer=officer, can=can)


def dismiss(voice: Voice) -> str:
    return voice.say("pact.officer-end/1", officer=voice.row(Officer, own=True, ended_at=None))


def speak_as(voice: Voice) -> str:
    """Let any officer of the log, in office or not, say a fact: the door refuses what is not granted."""
    voice.by = voice.row(Officer, own=True)
    return fact(voice)


def whom(voice: Voice) -> dict[str, Any]:
    members = sorted(Member.objects.exclude(home=voice.log).values_list("key", flat=True))
    if not members:
        raise NothingToSay("member")
    if voice.dice.chance(0.2):
        voice.secret = False
        return {"whom": "pact"}
    named = voice.dice.some(members, 1)
    voice.secret, voice.shown = True, [home_of(one) for one in named]
    return {"whom": "members", "members": named}


def define(voice: Voice) -> str:
    return voice.say("kernel.audience/1", title=voice.text(), **whom(voice))


def redefine(voice: Voice) -> str:
    known = voice.row(Audience, own=True)
    return voice.say("kernel.audience-change/1", of=known, title=voice.text(), **whom(voice))


def seal(voice: Voice) -> str:
    voice.sealed()
    return voice.dice.one([note, fact])(voice)


def erase(voice: Voice) -> str:
    models: list[type[Row]] = [Note, Fact]
    target = voice.row(voice.dice.one(models), own=True)
    return voice.say("kernel.erasure/1", target=target, ground="Asked.")


EVERYDAY: dict[str, tuple[float, Act]] = {
    "tells a fact": (5, fact),
    "corrects a fact": (2, correct),
    "withdraws a fact": (1, withdraw),
    "writes a note": (6, note),
    "calls for aid": (2, call),
    "changes its call": (1, narrow),
    "stands down": (1, stand_down),
    "declines": (2, decline),
    "states a need": (4, need),
    "pledges": (4, pledge),
    "accepts a pledge": (3, accept),
    "counts its stock": (2, stock),
    "appoints an officer": (2, appoint),
    "changes a grant": (1, regrant),
    "ends an office": (1, dismiss),
    "speaks in another office": (2, speak_as),
    "defines an audience": (1.5, define),
    "changes an audience": (0.7, redefine),
    "says something sealed": (4, seal),
    "erases": (2, erase),
}
"""What honest members say, with how often. The door may refuse any of it; it may not fail."""
