"""The demo: its clock, its buttons, and a visitor who gets in before the script."""

import importlib
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from hansa.aid.models import Need, Pledge, Shipment, Stock
from hansa.aid.planning.making import published
from hansa.aid.planning.models import Plan
from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.kernel.record import KINDS
from hansa.kernel.say import say
from hansa.node.demo import conductor as stage
from hansa.node.demo.conductor import Conductor, kept
from hansa.node.demo.pace import LENGTH, Pace
from hansa.node.demo.stage import prepare
from hansa.node.scenario.player import Outcome, Player, Step
from hansa.node.scenario.reading import read_scenario
from hansa.pact.models import Officer
from tests.scenario.conftest import LOS_ANGELES, TWO_CITIES, Spoil

START = datetime(2030, 3, 1, tzinfo=UTC)


class Hand:
    """Seconds of playing, in a test's hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


# --- pace ------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 90 * 24 * 60), min_size=1, max_size=60))
def test_a_story_takes_its_length_and_never_runs_backwards(minutes: list[int]) -> None:
    moments = [START + timedelta(minutes=one) for one in sorted(minutes)]
    pace = Pace(START, START + timedelta(days=60), moments)
    assert abs(pace.length - LENGTH) < 1e-6
    seen = [pace.at(second / 3) for second in range(1000)]
    assert seen == sorted(seen)
    assert seen[0] == START
    for n, moment in enumerate(moments):
        assert (
            abs(pace.at(pace.mark(n)) - moment) <= timedelta(milliseconds=1)
            or moment in moments[n + 1 :]
        )


def test_after_the_last_line_the_clock_runs_as_clocks_do() -> None:
    pace = Pace(START, START + timedelta(days=1), [START + timedelta(hours=1)])
    assert pace.at(LENGTH + 60) == START + timedelta(hours=1, minutes=1)


def test_the_first_night_is_not_over_in_a_second() -> None:
    scenario = read_scenario(LOS_ANGELES)
    moments = [max(line.at, scenario.starts) for line in scenario.lines]
    pace = Pace(scenario.starts, scenario.ends, moments)
    lines = {line.name: pace.mark(n) for n, line in enumerate(scenario.lines)}
    assert lines["call"] < 40, "who opens the demo does not wait long for the call"
    assert lines["guard-arrives"] - lines["call"] > 15


# --- conductor -------------------------------------------------------------------------------


def a_conductor(said: list[int], hand: Hand, **more: Any) -> Conductor:
    """A conductor whose player only notes which line it was to say."""
    player = Player(read_scenario(TWO_CITIES), lenient=True)

    def step(number: int) -> Step:
        said.append(number)
        line = player.scenario.lines[number]
        return Step(number + 1, len(player.scenario.lines), line, line.at, Outcome.SAID, "a@1")

    player.step = step  # type: ignore[method-assign]
    return Conductor(player, ticking=hand, **more)


def test_the_clock_never_passes_a_line_that_is_not_said() -> None:
    said: list[int] = []
    hand = Hand()
    conductor = a_conductor(said, hand)
    hand.seconds += 10_000
    assert conductor.now() == conductor.player.scenario.lines[0].at
    assert said == []


def test_pausing_stops_the_clock_and_going_on_does_not_jump() -> None:
    hand = Hand()
    conductor = a_conductor([], hand)
    hand.seconds += 1
    conductor.run(running=False)
    stood = conductor.now()
    hand.seconds += 500
    assert conductor.now() == stood
    conductor.run(running=True)
    assert conductor.now() == stood
    hand.seconds += 1
    assert conductor.now() > stood


def test_speed_counts_from_now_on() -> None:
    slow, fast = Hand(), Hand()
    one, four = a_conductor([], slow), a_conductor([], fast)
    four.hasten(4)
    slow.seconds += 4
    fast.seconds += 1
    assert one.now() == four.now()
    with pytest.raises(ValueError, match="none of"):
        four.hasten(3)


def test_every_line_is_said_once_in_order_and_remembered(tmp_path: Path) -> None:
    said: list[int] = []
    hand = Hand()
    over = threading.Event()
    total = len(read_scenario(TWO_CITIES).lines)

    def on_step(step: Step) -> None:
        hand.seconds += 1000
        if step.number == total:
            over.set()

    conductor = a_conductor(said, hand, on_step=on_step, keep_in=tmp_path / "demo.json")
    conductor.start()
    hand.seconds += 1000
    conductor.run(running=True)  # wakes it, as a press of the button does
    assert over.wait(20)
    conductor.stop()
    assert said == list(range(total))
    assert conductor.where().finished
    remembered = kept(tmp_path / "demo.json")
    assert remembered is not None
    assert remembered["done"] == total


def test_a_closed_terminal_does_not_end_the_story() -> None:
    said: list[int] = []
    hand = Hand()
    over = threading.Event()

    def on_step(step: Step) -> None:
        hand.seconds += 1000
        if step.number == step.of:
            over.set()
        raise BrokenPipeError

    conductor = a_conductor(said, hand, on_step=on_step)
    conductor.start()
    hand.seconds += 1000
    conductor.run(running=True)
    assert over.wait(20)
    conductor.stop()


def test_a_kept_demo_goes_on_where_it_stopped_and_not_earlier() -> None:
    hand = Hand()
    floor = datetime(2030, 3, 4, tzinfo=UTC)
    conductor = a_conductor([], hand, done=5, floor=floor)
    assert conductor.where().done == 5
    assert conductor.now() == floor


# --- a visitor beside the script -------------------------------------------------------------


@pytest.fixture
def founded(exercise: Path) -> Iterator[Player]:
    """The two cities, founded and played by a lenient player up to the need for blankets."""
    player = Player(read_scenario(TWO_CITIES), lenient=True)
    hand = [player.scenario.starts]
    before = clock.use(lambda: hand[0])
    player.found()
    player.hand = hand  # type: ignore[attr-defined]
    yield player
    clock.use(before)


def play_until(player: Player, stop: Callable[[Step], bool], start: int = 0) -> list[Step]:
    """Say lines from `start` on until one satisfies `stop`."""
    steps = []
    for number in range(start, len(player.scenario.lines)):
        player.hand[0] = player.moment(player.scenario.lines[number])  # type: ignore[attr-defined]
        steps.append(player.step(number))
        if stop(steps[-1]):
            break
    return steps


def test_what_a_visitor_did_is_not_done_again_and_nothing_breaks(founded: Player) -> None:
    done = play_until(founded, lambda step: step.line.name == "need-blankets")
    need = Need.objects.get()
    pledged = KINDS["aid.pledge/1"].read(
        {
            "call": need.call,
            "need": need.key,
            "form": need.form,
            "item": need.item,
            "unit": need.unit,
            "quantity": 50,
        }
    )
    say(pledged, log="xx-southport", by=founded.names["xx-southport/duty-officer"])
    rest = play_until(founded, lambda _step: False, len(done))
    became = {step.line.name or step.line.kind.kind: step for step in rest}
    assert became["blankets"].outcome == Outcome.OVERTAKEN
    assert became["truck"].outcome == Outcome.OVERTAKEN
    assert "“blankets”" in became["truck"].why
    assert became["pact.call-end/1"].outcome == Outcome.SAID
    assert Pledge.objects.get().quantity == 50
    assert not Shipment.objects.exists()


def test_a_strict_player_says_it_twice_rather_than_guess(founded: Player) -> None:
    founded.lenient = False
    done = play_until(founded, lambda step: step.line.name == "blankets")
    assert done[-1].outcome == Outcome.SAID
    assert Stock.objects.get(home="xx-southport").promised == 300


def test_a_line_said_before_a_crash_is_not_said_twice(founded: Player) -> None:
    (first,) = play_until(founded, lambda _step: True)
    assert founded.step(0).position == first.position


@pytest.fixture
def planned(exercise: Path, spoilt: Spoil) -> Iterator[Player]:
    """The two cities with a plan in their story, played up to the moment before the plan is made."""
    before = '  - {at: "2030-03-02T11:00-06:00"'
    more = """
  - {at: "2030-03-02T10:20-06:00", by: xx-southport/duty-officer, say: aid.availability/1, with: {item: blanket, quantity: 100}}
  - {at: "2030-03-02T10:30-06:00", by: xx-southport/duty-officer, say: aid.plan/1, as: plan}
"""
    player = Player(read_scenario(spoilt(before, more + before)), lenient=True)
    hand = [player.scenario.starts]
    earlier = clock.use(lambda: hand[0])
    player.found()
    player.hand = hand  # type: ignore[attr-defined]
    play_until(player, lambda step: step.line.kind.kind == "aid.availability/1")
    yield player
    clock.use(earlier)


def number_of(player: Player, name: str) -> int:
    return [line.name for line in player.scenario.lines].index(name)


def test_a_plan_said_before_a_crash_is_not_made_again(planned: Player) -> None:
    number = number_of(planned, "plan")
    planned.hand[0] = planned.moment(planned.scenario.lines[number])  # type: ignore[attr-defined]
    first = planned.step(number)
    assert (first.outcome, Plan.objects.get().key) == (Outcome.SAID, first.position)
    assert [line["quantity"] for line in Plan.objects.get().lines] == [100]
    again = Player(planned.scenario, lenient=True, names=dict(planned.names))
    assert again.step(number).position == first.position
    assert Plan.objects.count() == 1


def test_where_a_visitor_has_just_planned_the_story_does_not_plan_again(planned: Player) -> None:
    number = number_of(planned, "plan")
    planned.hand[0] = planned.moment(planned.scenario.lines[number])  # type: ignore[attr-defined]
    theirs = published("xx-northport", planned.names["xx-northport/duty-officer"])
    assert planned.step(number).outcome == Outcome.OVERTAKEN
    assert Plan.objects.get().key == theirs


# --- buttons ---------------------------------------------------------------------------------


@pytest.fixture
def visitor(founded: Player, settings: Any) -> Iterator[Client]:
    """A visitor's browser on a demo that stands at its beginning."""
    importlib.import_module(
        "hansa.node.urls"
    )  # as a real node has them, before this becomes a demo
    settings.DEMO = True
    settings.ROOT_URLCONF = "hansa.node.urls"
    hand = Hand()
    conductor = Conductor(founded, ticking=hand)
    stage.put_on(conductor)
    before = clock.use(conductor.now)
    yield Client()
    clock.use(before)
    stage.put_on(None)


def seat(answer: Any) -> Any:
    """The chair of the request that was answered."""
    return answer.wsgi_request.chair


def playing() -> Conductor:
    conductor = stage.playing()
    assert conductor is not None
    return conductor


def test_the_bar_says_when_where_and_that_it_is_a_demo(visitor: Client) -> None:
    page = visitor.get("/").content.decode()
    assert "Two cities (all invented)" in page
    assert "Friday 1 March 2030, 08:00 CST" in page
    assert "On a real node officers sign in" in page
    assert "Southport joins" in page
    assert page.count("<optgroup") == 2


def test_pause_and_speed(visitor: Client) -> None:
    visitor.post("/demo/run", {"running": "0", "next": "/history"})
    assert not playing().where().running
    assert "Paused" in visitor.get("/demo/now").content.decode()
    visitor.post("/demo/run", {"running": "1"})
    assert playing().where().running
    visitor.post("/demo/speed", {"speed": "4"})
    assert playing().where().speed == 4
    visitor.post("/demo/speed", {"speed": "400"})
    assert playing().where().speed == 4


def test_one_click_takes_a_chair_and_one_leaves_it(visitor: Client) -> None:
    officer = Officer.objects.get(home="xx-southport", handle="duty-officer")
    answer = visitor.post("/demo/chair", {"officer": officer.key, "next": "/"}, follow=True)
    assert seat(answer).by == officer.key
    assert "Only in a demo" in answer.content.decode()
    answer = visitor.post("/demo/chair", {"officer": ""}, follow=True)
    assert seat(answer) is None


def test_nobody_is_seated_unasked_and_the_list_names_the_member_beside_the_office(
    visitor: Client,
) -> None:
    page = visitor.get("/").content.decode()
    options = re.findall(r'<option value="([^"]*)"( selected)?>([^<]*)</option>', page)
    assert options[0] == ("", "", "– choose –")
    assert not any(selected for _value, selected, _label in options)
    assert all(re.match(r"(North|South)port: ", label) for _value, _, label in options[1:])
    answer = visitor.post("/demo/chair", {"officer": "", "next": "/"}, follow=True)
    assert seat(answer) is None
    assert "Choose an office first" in answer.content.decode()
    officer = Officer.objects.get(home="xx-southport", handle="duty-officer")
    page = visitor.post(
        "/demo/chair", {"officer": officer.key, "next": "/"}, follow=True
    ).content.decode()
    assert f'<option value="{officer.key}" selected>Southport: Duty Officer</option>' in page
    assert "– choose –" not in page


def test_the_story_waits_for_a_visitor_who_sits_down_and_for_nobody_who_changes_chairs(
    visitor: Client,
) -> None:
    one, other = Officer.objects.filter(ended_at=None).order_by("key")[:2]
    visitor.post("/demo/chair", {"officer": "xx-southport@99"})
    assert playing().where().running, "who did not get a chair does not stop the story"
    visitor.post("/demo/chair", {"officer": one.key})
    assert not playing().where().running
    assert "Paused, because somebody sat down" in visitor.get("/demo/now").content.decode()
    visitor.post("/demo/run", {"running": "1"})
    visitor.post("/demo/chair", {"officer": other.key})
    assert playing().where().running
    visitor.post("/demo/run", {"running": "0"})
    visitor.post("/demo/chair", {"officer": ""})
    visitor.post("/demo/run", {"running": "1"})
    visitor.post("/chair", {"officer": one.key})
    assert not playing().where().running, "so it is on the page of all chairs"
    visitor.post("/demo/run", {"running": "1"})
    visitor.post("/demo/run", {"running": "0"})
    said = visitor.get("/demo/now").content.decode()
    assert "Paused." in said
    assert "somebody sat down" not in said


def test_a_visitor_has_nothing_to_tick_off_on_the_home_page(visitor: Client) -> None:
    assert "What was said last" in visitor.get("/").content.decode()
    assert "I have seen this" not in visitor.get("/").content.decode()
    officer = Officer.objects.get(home="xx-southport", handle="duty-officer")
    visitor.post("/demo/chair", {"officer": officer.key})
    assert "I have seen this" in visitor.get("/").content.decode()


def test_a_chair_that_does_not_exist_is_not_taken(visitor: Client) -> None:
    answer = visitor.post("/demo/chair", {"officer": "xx-southport@99"}, follow=True)
    assert seat(answer) is None
    assert "does not exist" in answer.content.decode()


def test_the_way_back_stays_on_this_node(visitor: Client) -> None:
    answer = visitor.post("/demo/run", {"running": "0", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("address", ["/demo/run", "/demo/speed", "/demo/again", "/demo/chair"])
def test_what_changes_something_wants_a_button(visitor: Client, address: str) -> None:
    assert visitor.get(address).status_code == 405
    guarded = Client(enforce_csrf_checks=True)
    assert guarded.post(address).status_code == 403


def test_starting_again_is_asked_once_and_said(visitor: Client) -> None:
    asked: list[bool] = []
    assert "cannot be started again" in visitor.post("/demo/again", follow=True).content.decode()
    stage.put_on(playing(), lambda: asked.append(True))
    answer = visitor.post("/demo/again")
    assert asked == [True]
    assert answer.headers["Refresh"] == "1; url=/"


def test_without_a_conductor_the_pages_still_work(visitor: Client) -> None:
    stage.put_on(None)
    assert "Nothing is playing here now" in visitor.get("/").content.decode()
    assert visitor.post("/demo/run", {"running": "0"}).status_code == 302


def test_a_real_node_has_no_such_buttons(visitor: Client, settings: Any) -> None:
    settings.DEMO, settings.ROOT_URLCONF = False, "hansa.node.urls"
    assert Client().post("/demo/chair", {"officer": "xx-southport@1"}).status_code == 404
    assert "demo" not in Client().get("/", follow=True).content.decode().lower()


def test_the_demo_never_wipes_what_is_no_demo(tmp_path: Path) -> None:
    (tmp_path / "hansa.toml").write_text('realm = "hansa"\n', "utf-8")
    (tmp_path / "hansa.sqlite3").write_text("precious", "utf-8")
    with pytest.raises(Refused, match="is no demo"):
        prepare(tmp_path, keep=False)
    assert (tmp_path / "hansa.sqlite3").read_text("utf-8") == "precious"
