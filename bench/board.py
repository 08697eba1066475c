"""The needs board over 10,000 requests of ten open calls: what the server takes for each way of looking at it.

The home is built once, from logs written elsewhere, the same for every run.
"""

import statistics
import time
from typing import Any
from urllib.parse import urlencode

from bench.homes import fresh
from bench.web import percentile, signed_in

LOOKS = 30


def looks(call: str) -> dict[str, str]:
    """Return the ways of looking at the board that are measured, by name."""
    asked: dict[str, dict[str, str]] = {
        "first page": {},
        "page 150": {"page": "150"},
        "still open": {"state": "short"},
        "partly promised": {"state": "partly"},
        "all promised": {"state": "coming"},
        "nothing promised": {"state": "open"},
        "not met": {"state": "unmet"},
        "met": {"state": "met"},
        "one call": {"call": call},
        "form": {"form": "legal"},
        "group": {"group": "medical"},
        "urgency": {"urgency": "now"},
        "due in a day": {"due": "day"},
        "overdue": {"due": "overdue"},
        "place": {"place": "Harbour"},
        "search": {"q": "radio"},
        "largest first": {"sort": "-quantity"},
        "by place": {"sort": "place"},
        "open, medical, now, by due": {
            "state": "short",
            "group": "medical",
            "urgency": "now",
            "sort": "due",
        },
    }
    return {name: f"?{urlencode(given)}" for name, given in asked.items()}


def main() -> None:
    """Print p50 and p95 for each way of looking, then for all of them together."""
    fresh()
    from bench.asked import CALLERS, NEEDS, Requests, stand_on_day

    world = Requests()
    started = time.perf_counter()
    world.send()
    print(f"built in {time.perf_counter() - started:.0f} s: {NEEDS:,} requests, {CALLERS} calls")
    stand_on_day(4)
    from hansa.aid.models import Need, Pledge
    from hansa.kernel.log import open_log
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say
    from hansa.node.asgi import settle

    print(f"rows: {Need.objects.count():,} needs, {Pledge.objects.count():,} pledges")
    open_log("here")
    say(KINDS["pact.member/1"].example(), log="here")
    client: Any = signed_in()
    settle()
    every: list[float] = []
    work: list[float] = []
    for name, query in looks(world.calls[0]).items():
        times, spent = [], []
        for i in range(LOOKS + 2):
            started, cpu = time.perf_counter(), time.process_time()
            answer = client.get(f"/needs{query}")
            if i >= 2:
                times.append(time.perf_counter() - started)
                spent.append(time.process_time() - cpu)
            assert answer.status_code == 200, (name, answer.status_code)
        every += times
        work += spent
        print(f"board, {name:28} {_figures(times, spent)}")
    words = f"all {len(every)} looks"
    print(f"board, {words:28} {_figures(every, work)}  (asked: p95 under 100 ms)")


def _figures(times: list[float], spent: list[float]) -> str:
    """Return p95 and p50 of the time that passed, and of the processor's, which neighbours do not lengthen."""
    return (
        f"p95 {percentile(times, 0.95):6.1f} ms, p50 {statistics.median(times) * 1000:6.1f}; "
        f"processor p95 {percentile(spent, 0.95):6.1f}, p50 {statistics.median(spent) * 1000:6.1f}"
    )


if __name__ == "__main__":
    main()
