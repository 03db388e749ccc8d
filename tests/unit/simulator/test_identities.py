"""The PLC directory holds identities that a strict verifier accepts."""

import hashlib
from base64 import b32encode, urlsafe_b64decode

import msgspec

from simulated import Run, key_of
from skywarden.atproto.identity.plc_log import read_plc_log
from skywarden.atproto.keys import PublicKey
from skywarden.simulator.accounts import Role
from skywarden.simulator.plc import Entry
from skywarden.simulator.population import HOSTS


def log_of(run: Run, did: str) -> list[Entry]:
    log = run.network.parts.plc.audit_log(did)
    assert log is not None
    return log


def test_a_did_is_the_hash_of_its_signed_first_operation(run: Run) -> None:
    for account in run.network.register:
        genesis = log_of(run, account.did)[0].operation
        digest = hashlib.sha256(genesis.block()).digest()
        assert genesis.prev is None
        assert account.did == "did:plc:" + b32encode(digest).decode().lower()[:24]


def test_every_operation_is_signed_by_a_rotation_key_of_the_one_before_it(run: Run) -> None:
    renamed = 0
    for account in run.network.register:
        log = log_of(run, account.did)
        renamed += len(log) > 1
        for before, entry in zip([log[0], *log], log, strict=False):
            bare = msgspec.structs.replace(entry.operation, sig="").block()
            signature = urlsafe_b64decode(entry.operation.sig + "==")
            (rotation_key,) = before.operation.rotation_keys
            assert "=" not in entry.operation.sig
            assert PublicKey.from_did_key(rotation_key).verify(bare, signature)
            assert entry.operation.prev == (None if entry is log[0] else before.cid)
    assert renamed


def test_the_audit_log_passes_a_full_verification(run: Run) -> None:
    for account in run.network.register:
        history = read_plc_log(account.did, msgspec.json.encode(log_of(run, account.did)))

        assert history.standing[-1].handles == (account.handle,)
        assert abs(history.created_us - account.created_us) < 1_000


def test_the_document_names_handle_host_and_signing_key(run: Run) -> None:
    account = next(account for account in run.network.register if account.role is Role.PERSON)
    document = run.network.parts.plc.document(account.did)
    assert document is not None
    (method,) = msgspec.convert(document["verificationMethod"], list[dict[str, str]])
    (service,) = msgspec.convert(document["service"], list[dict[str, str]])

    assert document["id"] == account.did
    assert document["alsoKnownAs"] == [f"at://{account.handle}"]
    assert method["id"] == f"{account.did}#atproto"
    assert method["controller"] == account.did
    assert PublicKey.from_multibase(method["publicKeyMultibase"]) == key_of(run.network, account.did)
    assert service["serviceEndpoint"] == f"https://{account.host}"


def test_accounts_live_on_several_hosts(run: Run) -> None:
    assert {account.host for account in run.network.register} == set(HOSTS)


def test_most_people_are_old_and_some_are_young(run: Run) -> None:
    now_us = run.network.now_us
    people = [account for account in run.network.register if account.role is Role.PERSON]
    ages_days = [(now_us - account.created_us) / 86_400_000_000 for account in people]

    assert sum(age > 90 for age in ages_days) / len(ages_days) > 0.6
    assert 0.03 < sum(age < 14 for age in ages_days) / len(ages_days) < 0.25
    assert min(ages_days) >= 0


def test_handles_are_unique_and_belong_to_their_accounts(run: Run) -> None:
    register = run.network.register

    assert len({account.handle for account in register}) == len(register)
    assert all(register.by_handle(account.handle) is account for account in register)
