"""What tracking adds to the page of a shipment: its parcels, where each is, what was scanned, what is printed."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hansa.aid.models import Shipment
from hansa.aid.pages.places import names_of
from hansa.aid.tracking import rules
from hansa.aid.tracking.words import HAPPENED, Happened
from hansa.pact.pages.seeing import log_of
from hansa.pact.words import Form
from hansa.pages.access import chair_of


def on_shipment(request: HttpRequest, row: Shipment) -> tuple[str, Mapping[str, Any]] | None:
    """Show where the parcels of a shipment are, and the way to label, print and scan it."""
    if row.form != Form.MATERIAL:
        return None
    chair, names = chair_of(request), names_of(request)
    seen = rules.track(row, log_of(request))
    acts = chair is not None and chair.may("logistics")
    sends = chair is not None and acts and chair.log == row.home
    return "tracking/panel.html", {
        "shipment": row,
        "track": seen,
        "parcels": [(one, _where(one, names)) for one in seen.parcels],
        "contradicted": [
            (one, ", ".join(names.get(log, log) for log in one.claims))
            for one in seen.parcels
            if one.contradicted
        ],
        "scans": seen.scans[: rules.SHOWN],
        "older": len(seen.scans) > rules.SHOWN,
        "may_pack": sends and not seen.scans,
        "may_scan": acts,
    }


def _where(one: rules.Where, names: Mapping[str, str]) -> str:
    """Return where a parcel is, in words."""
    holder = {"member": names.get(one.holder, one.holder)}
    if not one.state:
        return _("Packed, not scanned yet")
    if one.state == Happened.TOOK:
        return _("With %(member)s, on its way") % holder
    if one.state == Happened.LEFT:
        return _("On its way from %(member)s") % holder
    if one.state == Happened.RECEIVED:
        return _("Received by %(member)s") % holder
    return str(HAPPENED[Happened(one.state)])
