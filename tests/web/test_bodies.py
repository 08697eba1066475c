"""What comes in with a request is bounded before anyone looks at it."""

import asyncio
import errno
import tempfile
from typing import Any

import pytest

from hansa.node.asgi import Handler

PART = b"x" * 65_536
SCOPE = {
    "type": "http", "method": "POST", "path": "/chair", "raw_path": b"/chair", "query_string": b"",
    "root_path": "", "scheme": "http", "http_version": "1.1", "server": ("testserver", 80),
}  # fmt: skip


def post(parts, language="en"):
    """Post a body in these parts; return status, page and how many parts were read."""
    headers = [
        (b"content-type", b"application/octet-stream"),
        (b"accept-language", language.encode()),
    ]
    read: list[int] = []
    sent: list[dict[str, Any]] = []

    async def receive():
        if len(read) < len(parts):
            read.append(1)
            return {
                "type": "http.request",
                "body": parts[len(read) - 1],
                "more_body": len(read) < len(parts),
            }
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run(Handler()({**SCOPE, "headers": headers}, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body.decode(), len(read)


@pytest.fixture(autouse=True)
def _small(settings):
    settings.HANSA_LARGEST_FORM = 1024 * 1024


def test_what_is_too_large_is_read_to_its_end_and_dropped(monkeypatch):
    stored = []

    class Counting(tempfile.SpooledTemporaryFile[bytes]):
        def write(self, data):
            stored.append(len(data))
            return super().write(data)

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Counting)
    status, page, read = post([PART] * 64)
    assert (status, read) == (413, 64)
    assert sum(stored) <= 1024 * 1024
    assert "larger than 1 MB altogether. Nothing was saved." in page


def test_a_full_disk_is_said_as_such(monkeypatch):
    class Full(tempfile.SpooledTemporaryFile[bytes]):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Full)
    status, page, _read = post([PART] * 3)
    assert status == 507
    assert "disk of this node is full" in page
