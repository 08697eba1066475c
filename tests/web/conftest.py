"""A pact of three towns, a browser for whoever sits in one of their offices, and passwords in a moment."""

import pytest

from tests.desk import at_desk, sit, towns

__all__ = ["at_desk", "sit", "towns"]


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """Hash passwords in a moment: what is tested here is not scrypt."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
