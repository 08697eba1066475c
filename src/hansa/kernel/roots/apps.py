"""Roots as a Django app, a part of the kernel."""

from django.apps import AppConfig


class RootsConfig(AppConfig):
    """Which key may sign which part of a log: key documents, signed offline by root keys."""

    name = "hansa.kernel.roots"
    label = "roots"

    def ready(self) -> None:
        """Register the kinds, and explain the codes under which they are void."""
        from hansa.kernel.codes import explain
        from hansa.kernel.fold import disowned_are
        from hansa.kernel.roots import records
        from hansa.kernel.roots.models import Disowned

        explain(
            bad_document="it publishes no key document that could follow in this log",
            bad_disowned="it disowns what stands in the log, or no entry at all",
        )
        disowned_are(Disowned)
        self.kinds = records
