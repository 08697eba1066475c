"""The kernel as a Django app."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from hansa.kernel import postgres, sqlite


class KernelConfig(AppConfig):
    """Logs, entries, bodies."""

    name = "hansa.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Make every connection keep the promises of `log`, and register the kernel's own kind."""
        from hansa.kernel import erase
        from hansa.kernel.codes import explain
        from hansa.kernel.roots import keeping as roots
        from hansa.kernel.seal import keeping as seal

        roots.on_cut(lambda log, size, _root: seal.cut(log, size))
        connection_created.connect(sqlite.settle, dispatch_uid="hansa.kernel.sqlite")
        connection_created.connect(postgres.settle, dispatch_uid="hansa.kernel.postgres")
        explain(not_erasable="its kind is one that stays, because others build on it")
        self.kinds = erase
