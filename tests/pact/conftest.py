"""A pact of three towns, and a browser for whoever sits in one of their offices."""

import pytest
from django.test import Client

from tests.builders import found


@pytest.fixture
def towns(home, set_clock):
    return found(3)


@pytest.fixture
def sit(settings):
    """Return the browser of one who sits in an office; of a visitor of the demo if none is named."""
    settings.DEMO = True

    def sit(officer=None):
        client = Client()
        if officer:
            session = client.session
            session["chair"] = officer
            session.save()
        return client

    return sit
