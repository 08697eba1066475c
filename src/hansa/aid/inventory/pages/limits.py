"""What each member may not send, by its own law. Everybody in the pact sees it: it saves asking."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.aid import catalogue
from hansa.aid.inventory.models import Limit
from hansa.aid.inventory.records.limits import LimitLifted, LimitStated
from hansa.aid.pages.places import names_of
from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.pact.models import Member
from hansa.pact.pages.seeing import find, log_of, may, seat
from hansa.pact.words import Form
from hansa.pages.access import capable, signed_in
from hansa.pages.lists import Column, Filter, render_list
from hansa.pages.speak import speak

STATES = [("binds", gettext_lazy("Binds now")), ("over", gettext_lazy("Lifted or ended"))]


def over(row: Limit) -> bool:
    """Tell whether it binds no longer."""
    return row.lifted_at is not None or (row.until is not None and row.until <= clock.now())


def about(row: Limit) -> str:
    """Return what it is about, in words: resource types, groups, forms."""
    items = [catalogue.name_of(code) for code in catalogue.split(row.items)]
    forms = [str(Form(form).label) for form in row.forms if form in Form.values]
    return "; ".join(part for part in (", ".join(items), ", ".join(forms)) if part) or _(
        "Everything"
    )


@signed_in
@require_safe
def limits(request: HttpRequest) -> HttpResponseBase:
    """Show the standing limits of every member, one's own first."""
    log, names = log_of(request), names_of(request)
    rows = sorted(
        readable(Limit, log), key=lambda row: (row.home != log, over(row), row.home, row.key)
    )

    def to(row: Limit) -> str:
        named = ", ".join(names.get(ref.partition("@")[0], ref) for ref in row.to)
        return named or (_("Members of other states") if row.away else _("Everybody"))

    def state(row: Limit) -> object:
        if row.lifted_at is not None:
            return _("Lifted: %(why)s") % {"why": row.lifted_why}
        return _("Ended") if over(row) else row.until or _("Binds")

    own_duty = may(request, "duty")
    return render_list(
        request,
        title=_("Standing limits"),
        rows=rows,
        columns=[
            Column(gettext_lazy("Member"), lambda row: names.get(row.home, row.home)),
            Column(gettext_lazy("What may not be sent"), "what"),
            Column(gettext_lazy("About"), about),
            Column(gettext_lazy("To whom"), to),
            Column(gettext_lazy("By which law"), "article"),
            Column(gettext_lazy("What would lift it"), "remedy"),
            Column(gettext_lazy("Until"), state),
            Column(
                gettext_lazy("Step"),
                lambda row: _("Lift") if row.home == log and own_duty and not row.lifted_at else "",
                link=lambda row: reverse("limit-end", args=[row.key])
                if row.home == log and own_duty and not row.lifted_at
                else None,
            ),
        ],
        filters=[Filter("state", _("State"), STATES, by=_by_state)],
        empty=_("No member has stated a limit. State what your own law forbids you to send before the day comes."),
        template="inventory/limits.html",
        context={"may_state": own_duty},
    )  # fmt: skip


def _by_state(rows: list[Limit], value: str) -> list[Limit]:
    return [row for row in rows if over(row) == (value == "over")]


@capable("duty")
def limit_new(request: HttpRequest) -> HttpResponse:
    """State what one's own law forbids to send."""
    log = seat(request).log
    others = Member.objects.exclude(home=log).order_by("name")
    return speak(
        request,
        LimitStated,
        choices={"to": [(f"{one.home}@0", one.name) for one in others]},
        title=_("State a standing limit"),
        button=_("State it"),
        done=reverse("limits"),
    )


@capable("duty")
def limit_end(request: HttpRequest, key: str) -> HttpResponse:
    """Lift a limit."""
    row = find(Limit, key, seat(request).log)
    if row.home != seat(request).log:
        raise Http404(_("Only the member that stated a limit lifts it."))
    return speak(
        request,
        LimitLifted,
        fixed={"limit": row.key},
        title=_("Lift a standing limit"),
        button=_("Lift it"),
        done=reverse("limits"),
        template="inventory/limit_end.html",
        context={"limit": row, "about": about(row)},
    )
