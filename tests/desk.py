"""A pact of three towns, and a browser for whoever sits in one of their offices."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from hansa.kernel import clock
from hansa.web.chairs import CHOSEN
from hansa.web.models import Seat
from tests.builders import found


@pytest.fixture
def towns(home, set_clock):
    return found(3)


@pytest.fixture
def sit(db):
    """Return a browser signed in to an account that holds these offices."""

    def sit(*officers, name="someone", chosen=None):
        user, _made = get_user_model().objects.get_or_create(username=name)
        for officer in officers:
            Seat.objects.get_or_create(user=user, officer=officer, defaults={"since": clock.now()})
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        if chosen:
            session = client.session
            session[CHOSEN] = chosen
            session.save()
        return client

    return sit


@pytest.fixture
def at_desk(towns, sit):
    """The chief of staff of Los Angeles, at a browser."""
    return sit(towns[0].by)
