"""A plan's file, read and checked while a page is made: whoever made it, it costs each node a few seconds, once."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from hansa.aid.planner import certificate, sheet
from hansa.aid.planner.certificate import Certificate
from hansa.aid.planner.explain import Explainer
from hansa.aid.planning.models import Plan
from hansa.kernel import files
from hansa.kernel.errors import Untrusted

LARGEST = 8 << 20
"""Bytes of a file that a page reads: a plan of 500 members, 100 items and 20 calls has 2.4 MiB, one of 3000, 200 and 50 has 30."""
EFFORT = 500_000
"""What a page counts of a file (`weigh.effort`): it is 180,000 and 4,700,000 for those two plans. The rest goes to a terminal."""


@dataclass(frozen=True, slots=True)
class Read:
    """A plan's file, taken apart for questions."""

    opened: Certificate
    explainer: Explainer


def read(plan: Plan) -> Read | None:
    """Return what the file of a plan says, checked; None if it is not kept here.

    Untrusted if it does not hold, or is too large for a page: the sentence says what to do.
    """
    digest = plan.files[0]["sha256"] if plan.files else ""
    found = files.part_of(digest, 0, 0) if digest else None
    if found is None:
        return None
    small, wrong = (False, "") if found[0] > LARGEST else _verdict(digest, plan.digest)
    if not small:
        raise Untrusted(
            _(
                "This plan’s file is larger than a page can check. Save it, and check it at a terminal with “hansa plan check”."
            )
        )
    if wrong:
        raise Untrusted(_("The file of this plan does not hold: %(why)s") % {"why": wrong})
    return taken_apart(digest)


@lru_cache(maxsize=1000)
def _verdict(digest: str, stated: str) -> tuple[bool, str]:
    """Check a plan's file as anybody would who trusts no planner: whether it is small enough, and what is wrong with it.

    All that was found is remembered, so that no file is counted twice, however often and in whatever turn plans are looked at.
    """
    from hansa.aid.planner.check import judged
    from hansa.aid.planner.weigh import effort

    try:
        found = sheet.read(files.path_of(digest).read_bytes())
    except sheet.Unreadable as error:
        return True, error.sentence
    if effort(found) > EFFORT:
        return False, ""
    return True, " ".join(judged(found, plan=stated).findings[:2])


@lru_cache(maxsize=4)
def taken_apart(digest: str) -> Read:
    """Return what a plan's file says, of which `read` has found that it holds."""
    opened = certificate.read(files.path_of(digest).read_bytes())
    return Read(opened, Explainer(opened.problem, opened.plan))
