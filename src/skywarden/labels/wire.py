"""Turn labels into JSON objects and stream frames, and JSON objects of others into labels."""

import msgspec

from skywarden.atproto.cbor import encode, from_json, record_from_json, to_json
from skywarden.atproto.frames import build_error_frame, build_frame
from skywarden.atproto.keys import PublicKey
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did
from skywarden.labels.sign import label_fields, verify_label
from skywarden.model.label import Label, NumberedLabel

_SIGNED_FIELDS = ("ver", "src", "uri", "cid", "val", "neg", "cts", "exp")

_LABELS_HEADER = encode({"op": 1, "t": "#labels"})


class _WireLabel(msgspec.Struct, frozen=True):
    """A label as others send it; unknown fields are passed over, null is not the same as absent."""

    ver: int
    src: str
    uri: str
    val: str
    cts: str
    cid: str | msgspec.UnsetType = msgspec.UNSET
    neg: bool = False
    exp: str | msgspec.UnsetType = msgspec.UNSET
    sig: bytes | None = None


def label_json(label: Label) -> dict[str, object]:
    """A label as JSON output has it: absent fields left out, `sig` as {"$bytes": ...}."""
    fields = label_fields(label)
    if label.sig is not None:
        fields["sig"] = to_json(label.sig)
    return fields


def label_from_json(value: object) -> Label:
    """Read a label's JSON object.

    Raises: Rejected label-form, naming the field.
    """
    try:
        wire = msgspec.convert(from_json(value), _WireLabel, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise Rejected("label-form", expected="a com.atproto.label.defs#label", found=str(error)) from error
    return Label(
        src=Did(wire.src),
        uri=wire.uri,
        val=wire.val,
        cts=wire.cts,
        cid=None if wire.cid is msgspec.UNSET else Cid(wire.cid),
        neg=wire.neg,
        exp=None if wire.exp is msgspec.UNSET else wire.exp,
        ver=wire.ver,
        sig=wire.sig,
    )


def verify_label_json(value: object, key: PublicKey) -> Label:
    """Check a label of another implementation over the fields exactly as it gives them; return the label.

    Some write `neg: false`: when it was there at signing it belongs to the signed bytes, when not it breaks them.
    Raises: Rejected label-form, or as `verify_label`.
    """
    label = label_from_json(value)
    given = record_from_json(value)
    signed = encode({name: given[name] for name in _SIGNED_FIELDS if name in given})
    verify_label(label, key, signed)
    return label


def label_frame(numbered: NumberedLabel) -> bytes:
    """One label as a subscribeLabels message; one a frame, so that each has its own seq."""
    fields = label_fields(numbered.label)
    fields["sig"] = numbered.label.sig
    return _LABELS_HEADER + encode({"seq": numbered.seq, "labels": [fields]})


def outdated_frame(oldest: int) -> bytes:
    """Say that labels between the cursor and `oldest` are no longer held."""
    message = f"labels before seq {oldest} are no longer held; everything that is follows"
    return build_frame("#info", {"name": "OutdatedCursor", "message": message})


def future_frame(cursor: int, latest: int) -> bytes:
    """Say that the cursor is ahead of the stream; the connection is closed after it."""
    return build_error_frame("FutureCursor", f"cursor {cursor} is in the future; the newest seq is {latest}")


def too_slow_frame(behind: int) -> bytes:
    """Say that the subscriber cannot keep up; the connection is closed after it."""
    return build_error_frame("ConsumerTooSlow", f"{behind} labels behind; connect again with your last cursor")
