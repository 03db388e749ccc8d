"""Sign and verify with atproto's two curves: k256 (secp256k1) and p256 (NIST), 64-byte r||s, low S only."""

from dataclasses import dataclass
from typing import Final, Literal, Protocol

import libipld
from coincurve import PrivateKey as K256Private
from coincurve import PublicKey as K256Public
from coincurve.ecdsa import cdata_to_der, deserialize_compact
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from skywarden.kernel.errors import Rejected

Curve = Literal["k256", "p256"]

SIGNATURE_BYTES: Final = 64
_COMPRESSED_BYTES = 33
_CODEC_OF: dict[Curve, bytes] = {"k256": b"\xe7\x01", "p256": b"\x80\x24"}
_CURVE_OF = {codec: curve for curve, codec in _CODEC_OF.items()}
_ORDER: dict[Curve, int] = {
    "k256": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "p256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}
_P256_SIGNING = ec.ECDSA(SHA256(), deterministic_signing=True)
_P256_VERIFYING = ec.ECDSA(SHA256())


class _Verifier(Protocol):
    def verify(self, data: bytes, signature: bytes) -> bool: ...


class _K256Verifier:
    def __init__(self, point: bytes) -> None:
        self._key = K256Public(point)
        self.compressed = self._key.format(compressed=True)

    def verify(self, data: bytes, signature: bytes) -> bool:
        try:
            der = cdata_to_der(deserialize_compact(signature))
        except ValueError:  # r or s past the order of the curve
            return False
        return bool(self._key.verify(der, data))


class _P256Verifier:
    def __init__(self, point: bytes) -> None:
        self._key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        self.compressed = self._key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def verify(self, data: bytes, signature: bytes) -> bool:
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        try:
            self._key.verify(encode_dss_signature(r, s), data, _P256_VERIFYING)
        except InvalidSignature:
            return False
        return True


class PublicKey:
    """A key that verifies; equal when curve and point are equal."""

    __slots__ = ("_verifier", "curve", "point")

    def __init__(self, curve: Curve, point: bytes) -> None:
        """Take a point, compressed or not. Raises: Rejected when it is not on the curve."""
        try:
            verifier = _K256Verifier(point) if curve == "k256" else _P256Verifier(point)
        except ValueError as error:
            raise Rejected("key-point", expected=f"a point of {curve}", found=point[:70].hex()) from error
        self._verifier: _Verifier = verifier
        self.curve: Curve = curve
        self.point: bytes = verifier.compressed

    @classmethod
    def from_did_key(cls, text: str) -> "PublicKey":
        """Read "did:key:z...". Raises: Rejected."""
        prefix, _, multibase = text.rpartition(":")
        if prefix != "did:key":
            raise Rejected("key-syntax", expected="did:key:z...", found=repr(text[:80]))
        return cls.from_multibase(multibase)

    @classmethod
    def from_multibase(cls, text: str) -> "PublicKey":
        """Read "z..." (base58btc of codec and compressed point), the form of type Multikey. Raises: Rejected."""
        raw = decode_base58(text)
        curve = _CURVE_OF.get(raw[:2])
        if curve is None or len(raw) != 2 + _COMPRESSED_BYTES:
            raise Rejected("key-codec", expected="a compressed k256 or p256 point", found=raw[:6].hex())
        return cls(curve, raw[2:])

    @property
    def multibase(self) -> str:
        """The key as "z...", as in a DID document's Multikey."""
        return str(libipld.encode_multibase("z", _CODEC_OF[self.curve] + self.point))

    @property
    def did_key(self) -> str:
        """The key as "did:key:z..."."""
        return f"did:key:{self.multibase}"

    def verify(self, data: bytes, sig: bytes, *, allow_high_s: bool = False) -> bool:
        """Tell whether `sig` is a 64-byte signature over the sha-256 of `data`.

        Only its form with the low S counts, but for `allow_high_s`: JSON Web Tokens know no such rule.
        """
        if len(sig) != SIGNATURE_BYTES:
            return False
        order = _ORDER[self.curve]
        s = int.from_bytes(sig[32:])
        if s > order >> 1:
            if not allow_high_s or s >= order:
                return False
            sig = sig[:32] + (order - s).to_bytes(32)
        return self._verifier.verify(data, sig)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and (self.curve, self.point) == (other.curve, other.point)

    def __hash__(self) -> int:
        return hash((self.curve, self.point))

    def __repr__(self) -> str:
        return f"PublicKey({self.did_key})"


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """A key that signs. Its text never appears in `repr`."""

    curve: Curve
    _secret: int
    _signer: "K256Private | ec.EllipticCurvePrivateKey"
    public: PublicKey

    @classmethod
    def generate(cls, curve: Curve = "k256") -> "PrivateKey":
        """Make a key out of the system's randomness."""
        if curve == "k256":
            return cls._from_int(curve, K256Private().to_int())
        return cls._from_int(curve, ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value)

    @classmethod
    def from_hex(cls, text: str, curve: Curve = "k256") -> "PrivateKey":
        """Read 64 hexadecimal digits. Raises: Rejected when they are no key of this curve."""
        try:
            raw = bytes.fromhex(text)
        except ValueError:
            raw = b""
        secret = int.from_bytes(raw)
        if len(raw) != 32 or not 0 < secret < _ORDER[curve]:
            raise Rejected(
                "key-private", expected=f"64 hexadecimal digits of a {curve} key", found=f"{len(text)} characters"
            )
        return cls._from_int(curve, secret)

    @classmethod
    def _from_int(cls, curve: Curve, secret: int) -> "PrivateKey":
        if curve == "k256":
            k256 = K256Private.from_int(secret)
            return cls(curve, secret, k256, PublicKey(curve, k256.public_key.format(compressed=True)))
        p256 = ec.derive_private_key(secret, ec.SECP256R1())
        point = p256.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return cls(curve, secret, p256, PublicKey(curve, point))

    def hex(self) -> str:
        """Write the secret as 64 hexadecimal digits."""
        return f"{self._secret:064x}"

    @property
    def did_key(self) -> str:
        """The public half as "did:key:z..."."""
        return self.public.did_key

    def sign(self, data: bytes) -> bytes:
        """Sign the sha-256 of `data`: 64 bytes r||s, low S; the same bytes give the same signature (RFC 6979)."""
        if isinstance(self._signer, K256Private):
            return self._signer.sign_recoverable(data)[:SIGNATURE_BYTES]
        r, s = decode_dss_signature(self._signer.sign(data, _P256_SIGNING))
        order = _ORDER["p256"]
        return r.to_bytes(32) + min(s, order - s).to_bytes(32)

    def __repr__(self) -> str:
        return f"PrivateKey({self.curve}, public={self.did_key})"


def decode_base58(text: str) -> bytes:
    """Read multibase base58btc ("z..."). Raises: Rejected."""
    if not text.startswith("z") or len(text) > 200:
        raise Rejected("key-syntax", expected='multibase base58btc, "z..."', found=repr(text[:80]))
    try:
        _, raw = libipld.decode_multibase(text)
    except ValueError as error:
        raise Rejected("key-syntax", expected='multibase base58btc, "z..."', found=repr(text[:80])) from error
    return bytes(raw)
