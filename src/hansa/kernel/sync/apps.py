"""Sync as a Django app, a part of the kernel."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """How nodes exchange logs: pulling, serving, carrying by hand, and what is known of each peer."""

    name = "hansa.kernel.sync"
    label = "sync"

    def ready(self) -> None:
        """Register the kinds, and explain the codes under which they are void."""
        from hansa.kernel.codes import explain
        from hansa.kernel.sync import records, witnesses
        from hansa.kernel.witness import nodes

        explain(
            bad_url="it gives an address that no node can have",
            bad_key="it gives a key that nobody can use",
        )
        nodes.nodes_are(witnesses.keepers)
        self.kinds = records
