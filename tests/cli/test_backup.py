"""`hansa backup`, `hansa restore`, `hansa backup-key`, as they are typed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHICAGO = ("--name", "Chicago", "--type", "city", "--state", "IL", "--office", "Chief", "--seat", "", "--zone", "UTC", "--found")  # fmt: skip
PASSPHRASE = "four unrelated words do"


def hansa(home: Path, *words: object, **env: str) -> "subprocess.CompletedProcess[str]":
    """Type a command and return how it ended."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HANSA", "DJANGO"))}
    command = [sys.executable, "-c", "from hansa.node.main import main; main()", "--home", home]
    return subprocess.run(
        [*map(str, [*command, *words])],
        check=False, env={**clean, **env}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("made") / "home"
    made = hansa(folder, "init", *CHICAGO)
    assert made.returncode == 0, made.stderr
    return folder


def test_from_a_new_key_to_a_restored_home(home, tmp_path):
    key = hansa(home, "backup-key").stdout
    (tmp_path / "drawer").write_text(key)
    line = re.search(r"^# (backup_to = .*)$", key, re.MULTILINE)
    assert line
    with (home / "hansa.toml").open("a") as file:
        file.write(f"{line[1]}\n")
    done = hansa(home, "backup", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert re.fullmatch(r"hansa-\d{8}T\d{6}Z\.age", Path(told["file"]).name)
    here = json.loads(hansa(home, "state", "--json").stdout)
    assert told["logs"] == here["logs"]
    back = hansa(tmp_path / "back", "restore", told["file"], "--identity", tmp_path / "drawer")
    assert back.returncode == 0, back.stderr
    assert f"us-il-chicago: {here['logs']['us-il-chicago']} entries" in back.stdout
    assert "sign nothing before the other nodes were asked" in back.stdout
    assert hansa(tmp_path / "back", "fsck").returncode == 0
    assert json.loads(hansa(tmp_path / "back", "state", "--json").stdout) == here


def test_a_passphrase_from_a_file_or_from_systemd(home, tmp_path):
    (tmp_path / "backup-passphrase").write_text(f"{PASSPHRASE}\n")
    file = tmp_path / "b.age"
    named = ("--passphrase-file", tmp_path / "backup-passphrase")
    assert hansa(home, "backup", file, *named).returncode == 0
    handed = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert hansa(tmp_path / "one", "restore", file, **handed).returncode == 0
    assert hansa(tmp_path / "two", "restore", file, *named).returncode == 0
    (tmp_path / "wrong").write_text("another passphrase")
    wrong = hansa(tmp_path / "three", "restore", file, "--passphrase-file", tmp_path / "wrong")
    assert (wrong.returncode, "does not open this backup" in wrong.stderr) == (1, True)


def test_what_is_missing_is_said(home, tmp_path):
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "hansa.toml").write_text('realm = "hansa"\n')
    assert "Say who may open the backup" in hansa(tmp_path / "bare", "backup", tmp_path).stderr
    assert "There is no home" in hansa(tmp_path / "none", "backup", tmp_path).stderr
    (tmp_path / "junk").write_text("junk")
    junk = hansa(tmp_path / "new", "restore", tmp_path / "junk")
    assert (junk.returncode, "--identity" in junk.stderr) == (1, True)
    recipient = hansa(home, "backup-key").stdout.split('"')[1]
    gone = hansa(home, "backup", tmp_path / "no" / "b.age", "--to", recipient)
    assert (gone.returncode, "There is no folder" in gone.stderr) == (1, True)
