"""What leaves this node as proof carries the cosignatures, and whoever knows none of the witnesses passes them over."""

from hansa.kernel.cosign import cosignatures
from hansa.kernel.export import export_log, record_proof
from hansa.kernel.verify import verify
from hansa.kernel.witness import collecting
from tests.witness.conftest import Other, write_policy

AT = 1_749_290_400
A, B = (Other(f"hansa/witness-{name}") for name in "ab")


def test_export_and_proof_carry_the_cosignatures(log, home, tmp_path):
    write_policy(home, [A, B], 2)
    collecting.collect(log.name, B.cosign(A.cosign(log.head(10), AT), AT + 1))
    export_log(log.name, tmp_path / "out", None)
    note = (tmp_path / "out" / "checkpoint").read_bytes()
    assert {one.at for one in cosignatures(note, [A.key, B.key])} == {AT, AT + 1}
    assert cosignatures(record_proof(f"{log.name}@3").checkpoint, [A.key])[0].at == AT
    report = verify(tmp_path / "out")
    assert report.ok, report.text()
