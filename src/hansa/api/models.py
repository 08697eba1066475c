"""The tokens with which programs act for an officer. They belong to this node and stand in no log."""

from django.db import models


class ApiToken(models.Model):
    """One token. Only its SHA-256 is kept, so whoever reads the database cannot use it.

    It may do what its officer may do at that moment, and nothing when the officer's term has ended.
    """

    digest = models.CharField(max_length=64, unique=True)
    officer = models.CharField(max_length=80, db_index=True)
    name = models.CharField(max_length=80)
    created = models.DateTimeField()
    expires = models.DateTimeField()
    last_used = models.DateField(null=True)

    def __str__(self) -> str:
        """Return the name that its officer gave it."""
        return self.name
