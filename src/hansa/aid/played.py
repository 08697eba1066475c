"""Whether anything here is in earnest. What leaves this node for other eyes asks here, and says so."""

from hansa.kernel.home import home
from hansa.pact.models import Pact


def played(pact: str = "") -> bool:
    """Tell whether nothing here is in earnest: the home plays, or the pact with this key is for exercise.

    Without a key, whether any pact here is.
    """
    return (
        home().exercise
        or Pact.objects.filter(**({"key": pact} if pact else {}), exercise=True).exists()
    )
