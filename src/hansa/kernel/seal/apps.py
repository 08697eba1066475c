"""Seal as a Django app, a part of the kernel."""

from django.apps import AppConfig


class SealConfig(AppConfig):
    """Records for some and not for all: audiences, their epochs and keys."""

    name = "hansa.kernel.seal"
    label = "seal"

    def ready(self) -> None:
        """Register the kinds, and let the fold and the readers open what is sealed to members carried here."""
        from hansa.kernel.codes import explain
        from hansa.kernel.reading import opened_by
        from hansa.kernel.said import unseal_by
        from hansa.kernel.seal import keeping, records

        explain(bad_epoch="it is no beginning of an epoch, or not of the one that it names")
        unseal_by(keeping.opener)
        opened_by(keeping.opened)
        self.kinds = records
