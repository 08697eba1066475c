"""Roots as a Django app, a part of the kernel."""

from django.apps import AppConfig


class RootsConfig(AppConfig):
    """Which key may sign which part of a log: key documents, signed offline by root keys."""

    name = "hansa.kernel.roots"
    label = "roots"
