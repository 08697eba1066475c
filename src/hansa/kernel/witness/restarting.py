"""What becomes of the witnesses' words when a log's root keys say from where on it continues."""

from hansa.kernel.witness import dating, trees
from hansa.kernel.witness.models import Ahead, Asked, Cosignature, Dated, Head, Witnessed


def cut(log: str, size: int, root: bytes) -> None:
    """Forget what was cosigned beyond `size`, in the caller's transaction; the next head grows from there (TUF 5.3.11).

    The evidence stays: it shows for ever that there were two.
    """
    trees.forget()
    Witnessed.objects.filter(log=log, size__gt=size).update(size=size, root=root, note="")
    beyond = {"log": log, "size__gt": size}
    for table in (Head, Cosignature, Dated, Ahead):
        table.objects.filter(**beyond).delete()
    Asked.objects.filter(**beyond).update(size=0)
    dating.first_anew(log)
