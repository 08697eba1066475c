"""Static files as they are served: each under a name with its hash, compressed once, kept by browsers for ever.

Made anew when a source is newer. Where the folder cannot be written, files are served from where they lie,
uncompressed and for a minute at a time: slower, nothing else.
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

logger = logging.getLogger(__name__)

MANIFEST = "staticfiles.json"
UNUSED = [
    "htm*-4*",
    "hx-*-4*",
    "htmx-2.js",
    "hx-*-2.js",
    "htmx-2-compat*",
    "hx-head*",
    "hx-preload*",
    "hx-ws*",
]
"""What packages bring and no page asks for."""


def serve_collected() -> None:
    """Let this process serve the collected files. Call it after Django is loaded and before the application is made."""
    folder = Path(settings.STATIC_COLLECTED)
    before = settings.STATIC_ROOT, settings.STORAGES
    settings.STATIC_ROOT = folder
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    try:
        if _stale(folder):
            _collect(folder)
    except OSError as error:
        logger.warning(
            "static files could not be collected in %s (%s); pages load more slowly", folder, error
        )
        settings.STATIC_ROOT, settings.STORAGES = before
        return
    settings.WHITENOISE_USE_FINDERS = False


def _collect(folder: Path) -> None:
    """Collect, one process at a time: several nodes may start together from one installation."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _stale(folder):  # another process may have done it meanwhile
            call_command(
                "collectstatic", clear=True, interactive=False, verbosity=0, ignore_patterns=UNUSED
            )


def _stale(folder: Path) -> bool:
    made = folder / MANIFEST
    return not made.exists() or any(
        source.stat().st_mtime > made.stat().st_mtime for source in _sources()
    )


def _sources() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(os.fspath(storage.path(name)))
