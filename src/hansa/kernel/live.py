"""How the rest of this process learns that something was said: a number that grows, and a wake-up call."""

import asyncio
import threading
from collections.abc import Callable


class _Bell:
    lock = threading.Lock()
    count = 0
    sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()


def wake() -> None:
    """Tell everyone who waits that there may be something new. Safe from any thread."""
    with _Bell.lock:
        _Bell.count += 1
        sleepers = list(_Bell.sleepers)
    for loop, event in sleepers:
        _quietly(loop, event.set)


def rung() -> int:
    """Return how often the bell has rung; compare to see whether it rang in between."""
    return _Bell.count


async def wait(seconds: float) -> None:
    """Return when something was said, or after so many seconds."""
    event = asyncio.Event()
    place = (asyncio.get_running_loop(), event)
    with _Bell.lock:
        _Bell.sleepers.add(place)
    try:
        # Not wait_for: in Python 3.11 it may lose a cancellation.
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
    finally:
        with _Bell.lock:
            _Bell.sleepers.discard(place)


def _quietly(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Call in the loop's own thread. A loop that has closed has nobody left to tell."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
