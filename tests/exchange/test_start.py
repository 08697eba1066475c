"""What a server loads at its start: nothing that only reads or writes other systems' formats."""

import os
import subprocess
import sys

CODE = """
import sys, django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
print([one for one in ("lxml", "icalendar") if one in sys.modules])
"""


def test_the_server_starts_without_xml_and_calendars(tmp_path):
    known = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hansa.node.settings",
        "HANSA_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=known, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
