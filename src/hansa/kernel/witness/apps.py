"""Witness as a Django app, a part of the kernel."""

from django.apps import AppConfig


class WitnessConfig(AppConfig):
    """Cosigning the heads of others, collecting cosignatures, dating by them, and evidence of forks."""

    name = "hansa.kernel.witness"
    label = "witness"
