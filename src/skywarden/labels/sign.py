"""Turn labels into signed labels, and check signed labels against a key.

Signed are the canonical DAG-CBOR bytes of the schema's fields, without `sig`; an absent `cid`, `exp` or a `neg` that is
not true is left out, for null or false would be other bytes.
"""

from dataclasses import replace

from skywarden.atproto.cbor import encode
from skywarden.atproto.keys import SIGNATURE_BYTES, PrivateKey, PublicKey
from skywarden.kernel.errors import Rejected
from skywarden.model.label import Label

VERSION = 1


def label_fields(label: Label) -> dict[str, object]:
    """The label's schema fields but `sig`; absent ones are left out."""
    fields: dict[str, object] = {
        "ver": label.ver,
        "src": label.src,
        "uri": label.uri,
        "val": label.val,
        "cts": label.cts,
    }
    if label.cid is not None:
        fields["cid"] = label.cid
    if label.neg:
        fields["neg"] = True
    if label.exp is not None:
        fields["exp"] = label.exp
    return fields


def signing_bytes(label: Label) -> bytes:
    """What the signature covers."""
    return encode(label_fields(label))


def sign_label(label: Label, key: PrivateKey) -> Label:
    """Sign one of our own labels; a signature that it carries is replaced."""
    return replace(label, sig=key.sign(signing_bytes(label)))


def verify_label(label: Label, key: PublicKey, signed: bytes | None = None) -> None:
    """Check a label against its labeler's `#atproto_label` key.

    `signed` are the bytes as another implementation would have signed them, where they could differ from ours.
    Raises: Rejected label-version, label-unsigned, label-signature-form or label-signature.
    """
    if label.ver != VERSION:
        raise Rejected("label-version", place="ver", expected=str(VERSION), found=str(label.ver))
    if label.sig is None:
        raise Rejected("label-unsigned", place="sig", expected=f"{SIGNATURE_BYTES} bytes", found="none")
    if len(label.sig) != SIGNATURE_BYTES:
        raise Rejected(
            "label-signature-form",
            place="sig",
            expected=f"{SIGNATURE_BYTES} bytes r||s, not DER",
            found=f"{len(label.sig)} bytes",
        )
    if not key.verify(signing_bytes(label) if signed is None else signed, label.sig):
        raise Rejected(
            "label-signature",
            place=f"{label.val!r} on {label.uri}",
            expected=f"a low-S signature by {key.did_key} over exactly these fields",
            found="one that does not match",
            hint="a field was changed after signing, or another key signed it",
        )
