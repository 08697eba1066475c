"""The pact as a Django app."""

from django.apps import AppConfig


class PactConfig(AppConfig):
    """Charter, members, officers, calls."""

    name = "hansa.pact"
    label = "pact"

    def ready(self) -> None:
        """Register the kinds, and tell the fold what an officer is."""
        from hansa.kernel import clock
        from hansa.kernel.codes import explain
        from hansa.kernel.officers import officers_are
        from hansa.kernel.seal.keeping import readers_are
        from hansa.kernel.sync import follow, rights
        from hansa.pact import records, rules
        from hansa.pact.models import Approval, Officer

        officers_are(Officer, rules.judge_officer, rules.keys_of, Approval)  # type: ignore[arg-type]  # it loads the rows of the model named beside it
        readers_are(rules.belonging)
        explain(
            office_ended="the office has ended",
            key_unsound="it enrols a key that nobody could approve with",
            key_there="it enrols a key that the office has already",
            key_gone="it ends a key that the office does not have",
            notice_given="notice was given before",
            call_ended="the call has been stood down",
            bad_objection="it hands on something other than a root key's objection",
            no_source="a fact needs a source",
        )
        follow.introducers_are(lambda: set(rules.members_at(clock.now())))
        rights.departed_are(lambda: rules.departed(clock.now()))
        self.kinds = records
