"""Every statement of an append, an erasure and an intake fails once, before and after it was carried out."""

import json

import pytest

from tests.faults.rig import run

FAIL = """
from django.db import OperationalError
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.keys import KeyRing
what, when = sys.argv[1:]

class Faulty:
    def __init__(self, at): self.at, self.count = at, 0
    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        if self.count == self.at and when == "before":
            raise OperationalError("database or disk is full")
        result = execute(sql, params, many, context)
        if self.count == self.at and when == "after":
            raise OperationalError("database or disk is full")
        return result

def dump():
    connection.close()
    tables = [name for name in connection.introspection.table_names() if name.startswith(("kernel_", "pact_", "aid_"))]
    tables = [name for name in tables if not name.startswith("kernel_search")]
    with connection.cursor() as cursor:
        found = {}
        for name in tables:
            cursor.execute(f'SELECT * FROM "{name}" ORDER BY 1')
            found[name] = [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in cursor.fetchall()]
    return found

notes = iter([ref for ref in (f"town-a@{i}" for i in range(6, 22))])

def act():
    if what == "append":
        note("again", once=f"key-{len(seen)}")
    elif what == "erasure":
        say(KINDS["kernel.erasure/1"].read({"target": target, "ground": "Asked."}), log="town-a", by="town-a@0")
    else:
        ingest([bundle])

if what == "ingest":
    from tests.foreign import ForeignLog
    from tests.attacks.words import fact, note as noted
    far, wide = ForeignLog("far"), ForeignLog("wide")
    far.write("pact.fact/1", fact())
    waits = wide.write("pact.note/1", noted("far@1"), refs={"far@1": far.leaf("far@1")})
    wide.send()
    gone = far.write("kernel.erasure/1", {"target": "far@1", "ground": "So."}, cites=("far@1",))
    bundle = far.bundle()

seen, refusals, target = [], set(), next(notes)
before = dump()
for at in range(1, 1000):
    fault = Faulty(at)
    try:
        with connection.execute_wrapper(fault):
            act()
    except Refused as refusal:
        refusals.add(refusal.code)
    except OperationalError:
        assert what == "ingest"
    else:
        break
    seen.append(at)
    assert dump() == before, f"statement {at} left something behind"
after = dump()
assert after != before
assert len(after["kernel_entry"]) == len(before["kernel_entry"]) + {"append": 1, "erasure": 1, "ingest": 3}[what]

# A commit that fails has said nothing either.
from django.db import connections
backend = type(connections["default"])
real = backend._commit
def broken(self):
    raise OperationalError("disk I/O error")
if what != "ingest":
    target = next(notes)
    backend._commit = broken
    try:
        act()
    except Refused as refusal:
        refusals.add(refusal.code)
    backend._commit = real
    assert dump() == after
    act()
report = fsck()
print(json.dumps({"statements": len(seen), "reached": fault.count, "refusals": sorted(refusals), "fsck": report.text(), "ok": report.ok}))
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["append", "erasure", "ingest"])
def test_a_statement_that_fails_leaves_nothing_half_said(real, what, when):
    told = json.loads(run(real, FAIL, what, when))
    assert told["statements"] > 5
    assert told["ok"], told["fsck"]
    if what != "ingest":
        assert told["refusals"] == ["damaged", "disk-full"]
