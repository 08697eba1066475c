"""Keys at rest: under a passphrase, or in an ssh-agent."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.pwhash import argon2id

from hansa.kernel import hpke, vault
from hansa.kernel.agent import SOCKET, identities
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.keys import KeyRing
from hansa.kernel.note import open_checkpoint

PHRASE = "harbour ladder violet ox"
ORIGIN = "hansa/town-a"
MADE = vault.make
CHEAP = {"ops": argon2id.OPSLIMIT_MIN, "memory": argon2id.MEMLIMIT_MIN}


@pytest.fixture(autouse=True)
def cheap(monkeypatch) -> None:
    """Stretch little: these tests are about what is locked, not about how dearly."""
    monkeypatch.setattr(vault, "make", lambda phrase, **more: MADE(phrase, **{**CHEAP, **more}))
    monkeypatch.delenv("HANSA_PASSPHRASE_FILE", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    made = KeyRing(tmp_path / "keys")
    made.make("town-a", ORIGIN)
    made.witness(), made.witness("mldsa44"), made.sealing("town-a")
    return made


def forget() -> None:
    """As a new process: no vault is open."""
    vault._opened.clear()


def seeds(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_locked_folder_holds_no_seed(ring: KeyRing) -> None:
    before = seeds(ring.folder)
    assert ring.chest.lock(PHRASE) == len(before)
    after = b"".join(seeds(ring.folder).values())
    assert all(seed not in after for seed in before.values())


def test_a_locked_home_signs_nothing_and_says_why(ring: KeyRing) -> None:
    sealed = hpke.wrap(ring.sealing("town-a"), b"epoch", b"")
    ring.chest.lock(PHRASE)
    forget()
    again = KeyRing(ring.folder)
    assert again.shut
    assert again.holds("town-a")
    for act in (
        lambda: again.sign("town-a", ORIGIN, 0, bytes(32)),
        lambda: again.statement("town-a", ORIGIN, "hansa/hello/v1\n"),
        lambda: again.unwrap("town-a", sealed, b""),
        again.witness,
        lambda: again.make("town-b", "hansa/town-b"),
    ):
        with pytest.raises(Refused, match="locked") as refusal:
            act()
        assert refusal.value.code == "locked"


@pytest.mark.parametrize("how", ["typed", "file", "credential"])
def test_the_passphrase_opens_every_key(
    ring: KeyRing, tmp_path: Path, monkeypatch, how: str
) -> None:
    vkey, sealed = ring.verifier("town-a", ORIGIN), hpke.wrap(ring.sealing("town-a"), b"epoch", b"")
    witness = ring.witness()
    ring.chest.lock(PHRASE)
    forget()
    again = KeyRing(ring.folder)
    named = tmp_path / "passphrase"
    if how == "typed":
        again.chest.open(PHRASE)
    else:
        named.write_text(PHRASE + "\n")
        monkeypatch.setenv(
            "HANSA_PASSPHRASE_FILE", str(named if how == "file" else tmp_path / "none")
        )
        if how == "credential":
            monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert not again.shut
    assert open_checkpoint(again.sign("town-a", ORIGIN, 0, bytes(32)).encode(), vkey).size == 0
    assert again.unwrap("town-a", sealed, b"") == b"epoch"
    assert again.witness() == witness
    again.make("town-b", "hansa/town-b")
    assert (again.folder / "town-b.seed").read_bytes().startswith(vault.LOCKED)


def test_a_wrong_passphrase_opens_nothing(ring: KeyRing) -> None:
    ring.chest.lock(PHRASE)
    forget()
    with pytest.raises(Refused, match="does not open"):
        KeyRing(ring.folder).chest.open(PHRASE + "x")
    assert KeyRing(ring.folder).shut


def test_a_passphrase_file_that_is_gone_is_named(ring: KeyRing, monkeypatch) -> None:
    ring.chest.lock(PHRASE)
    forget()
    monkeypatch.setenv("HANSA_PASSPHRASE_FILE", "nowhere/at-all")
    with pytest.raises(Refused, match="nowhere/at-all"):
        ring.sealing("town-a")
    assert ring.shut


def test_a_short_passphrase_is_refused(ring: KeyRing) -> None:
    with pytest.raises(Refused, match="at least 12"):
        ring.chest.lock("short")
    assert not ring.chest.has_vault


def test_one_spelling_of_an_accented_letter_opens_the_other() -> None:
    made, key = vault.make("Lübeck und Århus ő")
    assert vault.open_vault(made, "Lu\u0308beck und A\u030arhus o\u030b") == key


def test_changing_the_passphrase_leaves_the_locked_files_alone(ring: KeyRing) -> None:
    ring.chest.lock(PHRASE)
    before = {name: data for name, data in seeds(ring.folder).items() if name != vault.VAULT_NAME}
    ring.chest.change("another passphrase")
    forget()
    after = {name: data for name, data in seeds(ring.folder).items() if name != vault.VAULT_NAME}
    assert before == after
    with pytest.raises(Refused):
        ring.chest.open(PHRASE)
    ring.chest.open("another passphrase")
    ring.sealing("town-a")


def test_unlocking_gives_back_what_was_locked(ring: KeyRing) -> None:
    before = seeds(ring.folder)
    ring.chest.lock(PHRASE)
    ring.chest.unlock()
    assert seeds(ring.folder) == before


@pytest.mark.parametrize("act", ["lock", "unlock", "move"])
def test_fault_cut_short_anywhere_no_key_is_lost(ring: KeyRing, monkeypatch, act: str) -> None:
    """Each rename and each sync fails once, before and after it happened; the act is then done again."""
    if act == "move":
        ring.chest.lock(PHRASE)
        ring.stage("town-a", ORIGIN)
    elif act == "unlock":
        ring.chest.lock(PHRASE)
    kept = {ring.witness(), ring.sealing("town-a")}
    signs = {ring.verifier("town-a", ORIGIN).vkey(), ring.staged("town-a", ORIGIN)}
    for when, at in product(("before", "after"), range(1, 12)):
        with Faulty(monkeypatch, when, at), suppress(OSError):
            carry_out(ring, act)
        forget()
        if ring.chest.has_vault:
            ring.chest.open(PHRASE)
        again = KeyRing(ring.folder)
        assert {again.witness(), again.sealing("town-a")} == kept
        assert again.verifier("town-a", ORIGIN).vkey() in signs
    carry_out(ring, act)
    assert not [path for path in ring.folder.iterdir() if path.name.startswith(".")]


def carry_out(ring: KeyRing, act: str) -> None:
    if act == "lock":
        ring.chest.lock(PHRASE)
    elif act == "unlock":
        ring.chest.unlock()
    elif ring.chest.has("town-a.next.seed"):
        ring.turn("town-a")


class Faulty:
    """The rename of this number fails, before or after it happened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, when: str, at: int) -> None:
        self.patch, self.when, self.at, self.real = monkeypatch, when, at, Path.replace

    def __enter__(self) -> None:
        def replace(path: Path, to: Path) -> Path:
            self.at -= 1
            if self.at == 0 and self.when == "before":
                raise OSError("disk full")
            done = self.real(path, to)
            if self.at == 0:
                raise OSError("disk full")
            return done

        self.patch.setattr(Path, "replace", replace)

    def __exit__(self, *_raised: object) -> None:
        self.patch.setattr(Path, "replace", self.real)


def test_a_locked_key_cannot_take_anothers_place(ring: KeyRing) -> None:
    ring.make("town-b", "hansa/town-b")
    ring.chest.lock(PHRASE)
    shutil.copy(ring.folder / "town-b.seed", ring.folder / "town-a.seed")
    with pytest.raises(Untrusted, match=r"town-a\.seed"):
        KeyRing(ring.folder).sign("town-a", ORIGIN, 0, bytes(32))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_flipped_byte_of_vault_or_key_is_noticed(data: st.DataObject) -> None:
    made, key = MADE(PHRASE, ops=CHEAP["ops"], memory=CHEAP["memory"])
    locked = vault.lock(key, "one", bytes(range(32)))
    for whole, opens in (
        (made, lambda blob: vault.open_vault(blob, PHRASE)),
        (locked, lambda blob: vault.unlock(key, "one", blob)),
    ):
        spoilt = bytearray(whole)
        low = len(vault.LOCKED) if whole is locked else 0
        at = data.draw(st.integers(low, len(whole) - 1))
        spoilt[at] ^= data.draw(st.integers(1, 255))
        with pytest.raises((Refused, Untrusted)):
            opens(bytes(spoilt))


def test_a_guess_costs_argon2ids_moderate_time_and_memory() -> None:
    made, _key = MADE(PHRASE)
    costs = made.decode().split("\n")[1].split(" ")[:3]
    assert costs == ["argon2id", str(argon2id.OPSLIMIT_MODERATE), str(argon2id.MEMLIMIT_MODERATE)]


# A key that lives in an ssh-agent.


@pytest.fixture
def agent(tmp_path: Path, monkeypatch) -> Iterator[Path]:
    path = tmp_path / "agent"
    running = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(path)],
        stdout=subprocess.DEVNULL,
    )
    for _ in range(200):
        if path.exists():
            break
        time.sleep(0.02)
    monkeypatch.setenv(SOCKET, str(path))
    yield path
    running.terminate()
    running.wait()


def ssh_add(key: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key)], check=True, stdin=subprocess.DEVNULL)


def hand_over(ring: KeyRing, tmp_path: Path) -> None:
    file = tmp_path / "town-a.key"
    file.write_bytes(ring.openssh("town-a"))
    file.chmod(0o600)
    ssh_add(file)


needs_agent = pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="no ssh-agent here")


@needs_agent
def test_a_log_key_in_an_agent_signs_as_before(ring: KeyRing, tmp_path: Path, agent: Path) -> None:
    verifier = ring.verifier("town-a", ORIGIN)
    with pytest.raises(Refused, match="ssh-add"):
        ring.to_agent("town-a", ORIGIN)
    hand_over(ring, tmp_path)
    seed = (ring.folder / "town-a.seed").read_bytes()
    ring.to_agent("town-a", ORIGIN)
    assert ring.in_agent("town-a")
    assert seed not in b"".join(seeds(ring.folder).values())
    again = KeyRing(ring.folder)
    assert again.verifier("town-a", ORIGIN) == verifier
    note = again.sign("town-a", ORIGIN, 7, bytes(32))
    assert open_checkpoint(note.encode(), verifier).size == 7


@needs_agent
def test_an_agent_that_is_gone_is_said_so(
    ring: KeyRing, tmp_path: Path, agent: Path, monkeypatch
) -> None:
    hand_over(ring, tmp_path)
    ring.to_agent("town-a", ORIGIN)
    subprocess.run(["ssh-add", "-q", "-D"], check=True)
    with pytest.raises(Refused, match="Add the key"):
        KeyRing(ring.folder).sign("town-a", ORIGIN, 0, bytes(32))
    monkeypatch.setenv(SOCKET, str(tmp_path / "gone"))
    with pytest.raises(Refused, match="does not answer"):
        KeyRing(ring.folder).sign("town-a", ORIGIN, 0, bytes(32))
    monkeypatch.delenv(SOCKET)
    with pytest.raises(Refused, match="is not set"):
        KeyRing(ring.folder).sign("town-a", ORIGIN, 0, bytes(32))


@needs_agent
def test_the_next_key_may_be_one_of_the_agents(ring: KeyRing, tmp_path: Path, agent: Path) -> None:
    key = tmp_path / "token"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "token", "-f", str(key)],
        check=True,
    )
    ssh_add(key)
    (one,) = identities()
    assert one.comment == "token"
    vkey = ring.stage("town-a", ORIGIN, one.pub)
    assert ring.staged("town-a", ORIGIN) == vkey
    assert ring.stage("town-a", ORIGIN) == vkey
    ring.turn("town-a")
    assert ring.verifier("town-a", ORIGIN).vkey() == vkey
