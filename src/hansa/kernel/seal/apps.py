"""Seal as a Django app, a part of the kernel."""

from django.apps import AppConfig


class SealConfig(AppConfig):
    """Records for some and not for all: audiences, their epochs and keys."""

    name = "hansa.kernel.seal"
    label = "seal"
