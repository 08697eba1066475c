"""Live pages: every change is told once to those who may know of it, whoever made it."""

import asyncio
from contextlib import suppress

import pytest
from django.db import DatabaseError, connections

from hansa.kernel import live as bell
from hansa.kernel.models import Entry
from hansa.web import feed as feeds
from hansa.web import live
from tests.builders import call, found

pytestmark = pytest.mark.django_db(transaction=True)

SOON = 10.0
"""Seconds after which a test that still waits has failed."""


@pytest.fixture
def towns(transactional_db, settings, tmp_path, set_clock):
    settings.HANSA_HOME = tmp_path
    return found(2)


def newest():
    return Entry.objects.order_by("-id").values_list("id", flat=True).first()


async def until(condition):
    """Wait for what the feed's own task will bring about."""
    async with asyncio.timeout(SOON):
        while not condition():  # noqa: ASYNC110 - nothing tells us of it
            await asyncio.sleep(0.01)


async def heard(stream, seconds=0.6):
    """Return the events that come within so many seconds."""
    events = []

    async def listen():
        async for chunk in stream:
            events.extend([chunk] if chunk.startswith("id:") else [])

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await listen()
    return events


async def begun(*streams):
    """Let each stream begin to listen: its first chunk is its `retry`, its second comes with news or a heartbeat."""
    waiting = []
    for stream in streams:
        assert (await anext(stream)).startswith("retry: ")
        waiting.append(asyncio.ensure_future(anext(stream)))
    here = feeds.feed()
    await until(lambda: len(here.streams) >= len(streams) and here.latest >= 0)
    return waiting


def test_what_is_said_here_is_heard_with_the_entrys_number(towns):
    async def listen():
        stream = live.events(towns[1].log, "", None)
        (waiting,) = await begun(stream)
        await asyncio.to_thread(call, towns)
        event = await asyncio.wait_for(waiting, SOON)
        number = await asyncio.to_thread(newest)
        assert event == f"id: {number}\nevent: changed\ndata: {number}\n\n"
        await stream.aclose()

    asyncio.run(listen())


def test_a_topic_hears_of_its_own_row_only(towns):
    first, second = call(towns), call(towns)

    async def listen():
        one, other = live.events(None, first, None), live.events(None, second, None)
        waiting = await begun(one, other)
        await asyncio.to_thread(
            towns[1].say, "pact.decline/1", call=first, form="legal", reason="No."
        )
        assert "event: changed" in await asyncio.wait_for(waiting[0], SOON)
        done, _pending = await asyncio.wait([waiting[1]], timeout=0.6)
        assert not done
        waiting[1].cancel()

    asyncio.run(listen())


def test_what_is_one_members_own_is_told_to_that_member_only(towns):
    async def listen():
        own, other, visitor = (
            live.events(log, "", None) for log in (towns[0].log, towns[1].log, None)
        )
        waiting = await begun(own, other, visitor)
        await asyncio.to_thread(
            towns[0].say, "aid.stock/1", item="n95-respirator", unit="piece", quantity=7
        )
        assert "event: changed" in await asyncio.wait_for(waiting[0], SOON)
        done, _pending = await asyncio.wait(waiting[1:], timeout=0.6)
        assert not done
        for one in waiting[1:]:
            one.cancel()

    asyncio.run(listen())


def test_who_comes_back_hears_what_it_missed_and_no_more(towns):
    before = newest()
    first, second = call(towns), call(towns)
    towns[0].say("aid.stock/1", item="n95-respirator", unit="piece", quantity=7)
    last = newest()

    async def listen():
        assert await heard(live.events(None, "", before)) == [
            f"id: {last - 1}\nevent: changed\ndata: {last - 1}\n\n"
        ]
        assert await heard(live.events(towns[0].log, "", before)) == [
            f"id: {last}\nevent: changed\ndata: {last}\n\n"
        ]
        assert await heard(live.events(None, first, before)) == [
            f"id: {last - 2}\nevent: changed\ndata: {last - 2}\n\n"
        ]
        assert await heard(live.events(None, second, last - 1)) == []
        assert await heard(live.events(None, "", last)) == []

    asyncio.run(listen())


def test_more_than_is_kept_in_memory_is_asked_of_the_database(towns, monkeypatch):
    monkeypatch.setattr(feeds, "KEPT", 3)
    position = call(towns)

    async def listen():
        (quiet,) = await begun(stream := live.events(None, position, None))
        start = await asyncio.to_thread(newest)

        def much():
            towns[1].say("pact.decline/1", call=position, form="legal", reason="No.")
            for i in range(8):
                towns[0].say("pact.officer/1", office=f"Office {i}", handle=f"o{i}", can=["note"])

        await asyncio.to_thread(much)
        assert f"id: {start + 1}\n" in await asyncio.wait_for(quiet, SOON)
        here = feeds.feed()
        await until(lambda: here.latest >= start + 9)
        assert len(here.recent) <= 3
        assert await here.since(start, None, position) == start + 1
        assert await here.since(start + 1, None, position) is None
        assert await here.since(start, None, "") == start + 9
        await stream.aclose()

    asyncio.run(listen())


def test_what_another_process_writes_is_heard_and_rings_the_bell(towns):
    def elsewhere():
        """Copy the newest entry one place further, over a connection that this process's bell knows nothing of."""
        other = connections.create_connection("default")
        with other.cursor() as cursor:
            cursor.execute(
                'INSERT INTO kernel_entry SELECT id + 1, log, "index" + 1000, leaf, header, at, audience, commitment, kind, "by", subject, fate, reason'
                " FROM kernel_entry ORDER BY id DESC LIMIT 1"
            )
            cursor.execute(
                "INSERT INTO kernel_touch (\"key\", entry_id) SELECT 'us-ca@1', max(id) FROM kernel_entry"
            )
        other.close()

    async def listen():
        (waiting,) = await begun(live.events(None, "us-ca@1", None))
        rung = bell.rung()
        await asyncio.to_thread(elsewhere)
        assert "event: changed" in await asyncio.wait_for(waiting, SOON)
        assert bell.rung() > rung

    asyncio.run(listen())


def test_what_could_not_be_read_at_once_is_read_again(towns, monkeypatch, caplog):
    reading = feeds._touches
    failures: list[int] = []

    def locked_once(after):
        if not failures:
            failures.append(after)
            raise DatabaseError("database is locked")
        return reading(after)

    async def listen():
        (waiting,) = await begun(live.events(None, "", None))
        monkeypatch.setattr(feeds, "_touches", locked_once)
        await asyncio.to_thread(call, towns)
        assert "event: changed" in await asyncio.wait_for(waiting, SOON)
        assert failures
        assert "tries again" in caplog.text

    asyncio.run(listen())


def test_a_silent_stream_says_that_it_is_alive_and_ends_in_the_end(towns, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT", 0.1)
    monkeypatch.setattr(live, "LIFETIME", 0.35)

    async def listen():
        return [chunk async for chunk in live.events(None, "", None)]

    chunks = asyncio.run(listen())
    assert chunks[0].startswith("retry: ")
    assert set(chunks[1:]) == {": still here\n\n"}
    assert len(chunks) >= 3


def test_nobody_is_left_listening_when_the_last_stream_has_closed(towns):
    async def listen():
        (waiting,) = await begun(stream := live.events(None, "", None))
        here = feeds.feed()
        assert here.task is not None
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        await stream.aclose()
        assert not here.streams
        await until(lambda: here.task is None)

    asyncio.run(listen())


def test_the_answer_is_a_stream_that_no_proxy_holds_back(towns, client, settings):
    settings.DEMO = True
    response = client.get("/live", headers={"last-event-id": "nonsense"})
    assert response.status_code == 200
    assert response["Content-Type"] == "text/event-stream"
    assert response["X-Accel-Buffering"] == "no"
    assert response["Cache-Control"] == "no-store"
    assert response.streaming
    response.close()


def test_a_stranger_hears_nothing(towns, client):
    assert client.get("/live").status_code == 302
