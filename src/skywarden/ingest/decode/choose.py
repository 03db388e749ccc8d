"""Choose how frames are decoded: in plain Python, or by kernels where signatures are not verified."""

from skywarden.ingest.contract import CommitGate
from skywarden.ingest.decode.chunk import CountingDecoder
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.ingest.verify import CommitVerifier, VerifyMode
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected


def firehose_decoder(
    source: str, *, verifier: CommitVerifier, clock: Clock, gate: CommitGate | None = None, kernels: bool = False
) -> CountingDecoder:
    """Make the decoder of one stream of frames; both kinds give the same chunks.

    Raises: Rejected, for kernels where signatures are to be verified: that costs a hundred times what they save.
    """
    if not kernels:
        return FirehoseDecoder(source, verifier=verifier, gate=gate, clock=clock)
    if verifier.mode is not VerifyMode.OFF:
        raise Rejected("kernels-do-not-verify", place=source, expected="verify=off", found=f"verify={verifier.mode}")
    # Imported here: numba takes 100 MB and seconds, and most streams do well without.
    from skywarden.ingest.columnar.batch import ColumnarDecoder

    return ColumnarDecoder(source, gate=gate, clock=clock)
