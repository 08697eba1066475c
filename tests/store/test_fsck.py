"""A node is checked while it serves: what is said meanwhile is not taken for damage."""

from tests.faults.rig import run
from tests.store.conftest import MOVE

MEANWHILE = """
import threading
from hansa.kernel.fsck import fsck

def speak(step):
    if step == "rows":
        other = threading.Thread(target=lambda: [note(f"Said meanwhile, {i}.") for i in range(3)])
        other.start()
        other.join()

first, second = fsck(speak), fsck()
print(first.ok, second.ok, second.entries - first.entries, first.text() if not first.ok else "")
"""


def test_what_is_said_while_a_node_is_checked_is_no_damage(home, database):
    assert run(home, MEANWHILE).split()[:3] == ["True", "True", "3"]
    run(home, MOVE, database())
    assert run(home, MEANWHILE).split()[:3] == ["True", "True", "3"]
