"""Sync as a Django app, a part of the kernel."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """How nodes exchange logs: pulling, serving, carrying by hand, and what is known of each peer."""

    name = "hansa.kernel.sync"
    label = "sync"
