"""Witness as a Django app, a part of the kernel."""

from django.apps import AppConfig


class WitnessConfig(AppConfig):
    """Cosigning the heads of others, collecting cosignatures, dating by them, and evidence of forks."""

    name = "hansa.kernel.witness"
    label = "witness"

    def ready(self) -> None:
        """Hear when a log is cut back by its root keys."""
        from hansa.kernel.roots import keeping
        from hansa.kernel.witness import restarting

        keeping.on_cut(restarting.cut)
