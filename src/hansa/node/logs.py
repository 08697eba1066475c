"""The lines that a node logs, as text or as JSON: where something happened and what sort of thing, never what was said.

No body, form field, query string, path, header or exception's own words gets into a line. An exception is
told by its class, the place it came from and, where the machine gave one, its error's name. A message is told
as it stands in the code; what it was filled in with only where the code is ours.
"""

import json
import logging
import sqlite3
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hansa.node import requests

OURS = ("hansa", "uvicorn.error")
"""Loggers whose messages are fixed texts, filled in with nothing that came from outside."""

EXTRAS = {"work": "work", "place": "record", "status_code": "status"}
"""What a line may carry besides, by the name under which code hands it to the logger, and ours for it."""

FRAMES = 12
"""Places of a traceback that are told, the innermost last."""

CHAIN = 5


class Lines(logging.Formatter):
    """One line a record, as JSON or as text."""

    def __init__(self, *, as_json: bool) -> None:
        """Choose the form; what is told is the same."""
        super().__init__()
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        told = tell(record)
        return json.dumps(told) if self.as_json else _as_text(told)


def tell(record: logging.LogRecord) -> dict[str, Any]:
    """Return what may be told of a record."""
    told: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "place": f"{record.module}.{record.funcName}:{record.lineno}",
        "message": _message(record),
    }
    one = requests.asked()
    if one is not None:
        told |= {"request": one.id, "method": one.method, "route": one.route}
        if one.status:
            told |= {"status": one.status, "ms": round(one.seconds * 1000, 1)}
    told |= {ours: value for name, ours in EXTRAS.items() if (value := getattr(record, name, None))}
    if record.exc_info and record.exc_info[1]:
        told["errors"] = list(_errors(record.exc_info[1]))
    return told


def _message(record: logging.LogRecord) -> str:
    """Return the text in the code, filled in where it is ours. Elsewhere one without arguments may be made of anything."""
    if record.name.partition(".")[0] in OURS or record.name in OURS:
        return record.getMessage()
    return record.msg if record.args and isinstance(record.msg, str) else ""


def _errors(error: BaseException) -> Iterator[dict[str, Any]]:
    """Tell an exception and those it came from, outermost first."""
    here: BaseException | None = error
    for _ in range(CHAIN):
        if here is None:
            return
        kind = type(here)
        told: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}"}
        if name := _name(here):
            told["name"] = name
        frames = traceback.extract_tb(here.__traceback__)[-FRAMES:]
        told["at"] = [f"{_module(one.filename)}.{one.name}:{one.lineno}" for one in frames]
        yield told
        here = here.__cause__ or (None if here.__suppress_context__ else here.__context__)


def _name(error: BaseException) -> str:
    """Return what the machine calls the error, which says nothing of what was being done with it."""
    if isinstance(error, OSError):
        return error.strerror or ""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", "")
    return str(getattr(error, "sqlstate", None) or "")


def _module(path: str) -> str:
    parts = path.removesuffix(".py").replace("\\", "/").split("/")
    start = next((i for i, part in enumerate(parts) if part == "site-packages"), len(parts) - 3)
    return ".".join(parts[max(start + 1, 0) :]) if start + 1 < len(parts) else parts[-1]


def _as_text(told: dict[str, Any]) -> str:
    words = f"{told['time']} {told['level']} {told['logger']} ({told['place']})"
    if "request" in told:
        words += f" [{told['request']} {told['method']} {told['route']}]"
    rest = {name: told[name] for name in (*EXTRAS.values(), "ms") if name in told}
    words += f": {told['message']}" + "".join(f" {name}={value}" for name, value in rest.items())
    for error in told.get("errors", []):
        named = f" ({error['name']})" if "name" in error else ""
        words += f"\n  Traceback: {error['type']}{named}" + "".join(
            f"\n    {at}" for at in error["at"]
        )
    return words


def config(form: object, level: object) -> dict[str, Any]:
    """Return the logging settings for `log` and `log_level` as hansa.toml has them."""
    known = {"debug", "info", "warning", "error"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": Lines, "as_json": form == "json"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"hansa": {"level": str(level).upper() if level in known else "WARNING"}},
    }


def catch_all() -> None:
    """Let what no code caught be logged in the same lines, instead of printed with all it says."""
    logger = logging.getLogger("hansa.node")
    threading.excepthook = lambda gone: logger.error(
        "a thread ended by an error",
        exc_info=(gone.exc_type, gone.exc_value or gone.exc_type(), gone.exc_traceback),
    )
    sys.excepthook = lambda kind, error, trace: logger.error(
        "the process ends by an error", exc_info=(kind, error, trace)
    )
    sys.unraisablehook = lambda gone: logger.error(
        "an error could not be raised",
        exc_info=(gone.exc_type, gone.exc_value or gone.exc_type(), gone.exc_traceback),
    )
