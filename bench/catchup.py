"""How long a newcomer takes to have 100,000 records of others, verified and folded, over loopback HTTP.

Another process serves them, that of a node which has held them for a while: its search index is current. The limit is the same as in `bench.ingest`: one checkpoint check a bundle, hashing,
decoding, and inserts into tables like the node's own.
"""

import gc
import os
import subprocess
import sys
import time
from pathlib import Path

from bench.homes import fresh
from bench.ingest import File, Limit, timed
from bench.web import free_port, serve

RECORDS = int(os.environ.get("HANSA_BENCH_RECORDS", "100000"))
MEMBERS = 50
LIMITED = 20_000
"""Records by which the limit is taken."""
NEWCOMER = "newcomer"


def fill(folder: Path, port: int) -> None:
    """Let the serving home hold the world, know its own address, and follow the newcomer."""
    from bench.world import World
    from hansa.kernel import search
    from hansa.kernel.ingest import ingest
    from hansa.kernel.log import open_log
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say
    from hansa.kernel.sync.follow import follow

    (folder / f"clock-is-right-{time.gmtime().tm_year}").touch()
    world = World(MEMBERS, RECORDS)
    keys = [log.signer.vkey() for log in world.logs]
    for round_ in world.bundles(5000):
        ingest(round_)
    open_log("here")
    say(KINDS["pact.member/1"].example(), log="here")
    url = f"http://127.0.0.1:{port}"
    say(KINDS["kernel.node/1"].read({"url": url}), log="here", by="here@0")
    while search.catch_up():
        pass
    (folder / "keys.txt").write_text("\n".join(keys))
    follow((folder / "newcomer.txt").read_text())


def newcome(folder: Path, url: str) -> None:
    """Catch up, and print the figure. Runs in a process of its own."""
    from hansa.kernel.log import open_log
    from hansa.kernel.models import Entry, Fate
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say
    from hansa.kernel.sync.follow import follow
    from hansa.kernel.sync.http import HttpTransport
    from hansa.kernel.sync.pull import Puller

    log = open_log(NEWCOMER)
    say(KINDS["pact.member/1"].example(), log=NEWCOMER)
    print(log.vkey, flush=True)
    for vkey in sys.stdin.readline().split():
        follow(vkey, url)
    gc.collect()
    gc.freeze()
    puller = Puller(HttpTransport(), ahead=True)
    started = time.perf_counter()
    report = puller.round(url)
    took = time.perf_counter() - started
    done = Entry.objects.filter(fate=Fate.DONE).count()
    assert not report.problem, report
    print(f"{took} {report.new} {done}", flush=True)


def limit(folder: Path) -> float:
    """Return records a second of the bare machine."""
    from bench.world import World
    from hansa.kernel.models import Log

    Log.objects.all().delete()  # the world is written again, smaller; this home has served
    world = World(MEMBERS, LIMITED)
    vkeys = {log.name: log.signer.vkey() for log in world.logs}
    bare = Limit(File(folder), vkeys)
    rounds = list(world.bundles(2000))
    gc.collect()
    gc.freeze()
    return world.count / timed(lambda: [bare.take(one) for one in rounds])


def main() -> None:
    """Print seconds, records a second, and their ratio to the limit."""
    if len(sys.argv) > 1:
        folder = fresh()
        (folder / "hansa.toml").write_text("peers_local = true\n")
        newcome(folder, sys.argv[1])
        return
    folder, port = fresh(), free_port()
    url = f"http://127.0.0.1:{port}"
    newcomer = subprocess.Popen(
        [sys.executable, "-m", "bench.catchup", url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert newcomer.stdin is not None
    assert newcomer.stdout is not None
    (folder / "newcomer.txt").write_text(newcomer.stdout.readline().strip())
    fill(folder, port)
    server = serve(port)
    try:
        newcomer.stdin.write((folder / "keys.txt").read_text().replace("\n", " ") + "\n")
        newcomer.stdin.flush()
        took, new, done = map(float, newcomer.stdout.readline().split())
    finally:
        newcomer.wait()
        server.terminate()
        server.wait()
    least = limit(folder)
    print(
        f"catch-up        {took:10.1f} s for {new:,.0f} records of {MEMBERS} members over loopback HTTP (asked: under 20 s), {done:,.0f} folded"
    )
    print(
        f"                {new / took:10,.0f} records/s = {new / took / least:.2f} of the limit, {least:,.0f} (asked: 0.25)"
    )


if __name__ == "__main__":
    main()
