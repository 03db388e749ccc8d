"""did:plc audit logs: the official ones, valid and invalid, and one made here step by step."""

import base64
import json
from hashlib import sha256
from typing import Any

import pytest

from shared_data import ROOT, present
from skywarden.atproto.cbor import encode
from skywarden.atproto.cid import cid_bytes_of, cid_text
from skywarden.atproto.identity.plc_log import read_plc_log
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did

LOGS = ROOT / "interop" / "didplc"
HIGH, LOW, STRANGER = (PrivateKey.from_hex(digit * 64) for digit in "123")

REFUSED = {
    "log_invalid_nullification_too_slow": "plc-recovery",
    "log_invalid_sig_b64_padding_bits": "plc-signature",
    "log_invalid_sig_der": "plc-signature",
    "log_invalid_sig_p256_high_s": "plc-signature",
    "log_invalid_update_tombstoned": "plc-prev",
}
TAKEN = {
    "log_bnewbold_robocracy": (2, False),
    "log_bskyapp": (2, False),
    "log_duplicate_rotation_keys": (1, False),
    "log_empty_rotation_keys": (2, False),
    "log_legacy_dholms": (5, False),
    "log_nullification": (2, False),
    "log_nullification_at_exactly_72h": (3, False),
    "log_nullification_nontrivial": (3, False),
    "log_nullified_tombstone": (3, False),
    "log_tombstone": (2, True),
}


def official(name: str) -> tuple[Did, bytes]:
    data = present(LOGS / f"{name}.json").read_bytes()
    return Did(json.loads(data)[0]["did"]), data


@pytest.mark.parametrize("name", TAKEN)
def test_official_valid_logs_are_taken(name: str) -> None:
    history = read_plc_log(*official(name))
    assert (len(history.standing), history.tombstoned) == TAKEN[name]


@pytest.mark.parametrize("name", REFUSED)
def test_official_invalid_logs_are_refused_by_name(name: str) -> None:
    with pytest.raises(Rejected) as error:
        read_plc_log(*official(name))
    assert error.value.reason == REFUSED[name]


def test_a_log_tells_when_the_identity_was_made() -> None:
    assert read_plc_log(*official("log_bskyapp")).created_us == 1_681_275_237_057_000


class Made:
    """A log made here."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.did = Did("")

    def add(self, key: PrivateKey, prev: int | None, second: int, **changes: Any) -> "Made":
        operation = {
            "type": "plc_operation",
            "rotationKeys": [HIGH.did_key, LOW.did_key],
            "verificationMethods": {},
            "alsoKnownAs": ["at://alice.test"],
            "services": {},
            "prev": None if prev is None else self.entries[prev]["cid"],
            **changes,
        }
        signature = base64.urlsafe_b64encode(key.sign(encode(operation))).decode().rstrip("=")
        signed = encode({**operation, "sig": signature})
        if not self.entries:
            self.did = Did("did:plc:" + base64.b32encode(sha256(signed).digest()).decode().lower()[:24])
        self.entries.append(
            {
                "did": self.did,
                "operation": {**operation, "sig": signature},
                "cid": cid_text(cid_bytes_of(signed)),
                "nullified": False,
                "createdAt": f"2026-01-{1 + second // 86_400:02}T{second // 3_600 % 24:02}:00:00.000Z",
            }
        )
        return self

    def read(self) -> None:
        read_plc_log(self.did, json.dumps(self.entries).encode())

    def refusal(self) -> str:
        with pytest.raises(Rejected) as error:
            self.read()
        return error.value.reason


HOUR = 3_600


def test_a_chain_of_operations_is_taken() -> None:
    Made().add(LOW, None, 0).add(HIGH, 0, HOUR).add(LOW, 1, 2 * HOUR).read()


def test_a_stranger_cannot_sign() -> None:
    assert Made().add(STRANGER, None, 0).refusal() == "plc-signature"
    assert Made().add(LOW, None, 0).add(STRANGER, 0, HOUR).refusal() == "plc-signature"


def test_a_key_that_was_rotated_out_cannot_sign() -> None:
    log = Made().add(LOW, None, 0).add(HIGH, 0, HOUR, rotationKeys=[HIGH.did_key]).add(LOW, 1, 2 * HOUR)
    assert log.refusal() == "plc-signature"


def test_a_key_of_higher_rank_takes_an_operation_back() -> None:
    log = Made().add(LOW, None, 0).add(LOW, 0, HOUR).add(HIGH, 0, 2 * HOUR)
    assert log.refusal() == "plc-nullified"
    log.entries[1]["nullified"] = True
    log.read()


def test_a_key_of_the_same_rank_cannot_take_an_operation_back() -> None:
    log = Made().add(LOW, None, 0).add(LOW, 0, HOUR).add(LOW, 0, 2 * HOUR, alsoKnownAs=[])
    assert log.refusal() == "plc-recovery"


def test_an_operation_after_one_that_was_taken_back_is_refused() -> None:
    log = Made().add(LOW, None, 0).add(LOW, 0, HOUR).add(HIGH, 0, 2 * HOUR).add(LOW, 1, 3 * HOUR)
    log.entries[1]["nullified"] = True
    assert log.refusal() == "plc-prev"


def test_another_did_is_refused() -> None:
    log = Made().add(LOW, None, 0)
    log.did = log.entries[0]["did"] = Did("did:plc:44ybard66vv44zksje25o7dz")
    assert log.refusal() == "plc-did"


def test_an_entry_that_was_changed_is_refused() -> None:
    log = Made().add(LOW, None, 0)
    log.entries[0]["operation"]["alsoKnownAs"] = ["at://mallory.test"]
    assert log.refusal() == "plc-cid"


def test_a_key_that_cannot_be_read_has_signed_nothing() -> None:
    Made().add(LOW, None, 0, rotationKeys=["did:key:zBroken", LOW.did_key]).read()


@pytest.mark.parametrize("text", ["", "[]", "{}", "[5]", '[{"did": "x"}]', "[" * 10_000])
def test_what_is_no_log_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as error:
        read_plc_log(Did("did:plc:x"), text.encode())
    assert error.value.reason == "plc-log"
