"""Turn rows of the label table into labels."""

from typing import Any

from skywarden.kernel.ids import Cid, Did, Seq
from skywarden.model.label import Label, NumberedLabel


def numbered_label(row: Any) -> NumberedLabel:
    """The label as it was published; `row` has the columns of the label table, whoever read them."""
    label = Label(
        src=Did(row.src),
        uri=row.uri,
        val=row.val,
        cts=row.cts,
        cid=None if row.cid is None else Cid(row.cid),
        neg=bool(row.neg),
        exp=row.exp,
        sig=row.sig,
    )
    return NumberedLabel(Seq(row.seq), label)
