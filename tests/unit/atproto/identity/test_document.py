"""DID documents: read leniently, used strictly."""

import json
from typing import Any

import pytest

from skywarden.atproto.identity.document import LABEL_KEY, DidDocument
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did

DID = Did("did:plc:44ybard66vv44zksje25o7dz")
KEY, OTHER = PrivateKey.from_hex("11" * 32).public, PrivateKey.from_hex("22" * 32, "p256").public


def method(**changes: Any) -> dict[str, Any]:
    plain = {"id": f"{DID}#atproto", "type": "Multikey", "controller": DID, "publicKeyMultibase": KEY.multibase}
    return {**plain, **changes}


def service(**changes: Any) -> dict[str, Any]:
    return {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://pds.test", **changes}


def document(**fields: Any) -> DidDocument:
    return DidDocument.from_json(DID, json.dumps({"id": DID, **fields}).encode())


@pytest.mark.parametrize("key_id", ["#atproto", f"{DID}#atproto"])
def test_a_key_is_found_by_both_forms_of_its_name(key_id: str) -> None:
    assert document(verificationMethod=[method(id=key_id)]).signing_key() == KEY


def test_the_first_valid_key_counts() -> None:
    methods = [method(publicKeyMultibase="zBroken"), method(publicKeyMultibase=OTHER.multibase), method()]
    assert document(verificationMethod=methods).signing_key() == OTHER


@pytest.mark.parametrize(
    "changes",
    [
        {"controller": "did:plc:other"},
        {"id": "#atproto_label"},
        {"id": "did:plc:other#atproto"},
        {"id": "atproto"},
        {"type": "Ed25519VerificationKey2020"},
        {"publicKeyMultibase": None},
        {"publicKeyMultibase": 5},
        {"publicKeyMultibase": "m" + "A" * 40},
    ],
)
def test_a_key_that_is_not_the_accounts_is_no_key(changes: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as error:
        document(verificationMethod=[method(**changes)]).signing_key()
    assert error.value.reason == "did-key-missing"


def test_the_label_key_is_never_replaced_by_another() -> None:
    with pytest.raises(Rejected):
        _ = document(verificationMethod=[method()]).labeler_key
    methods = [method(), method(id="#atproto_label", publicKeyMultibase=OTHER.multibase)]
    assert document(verificationMethod=methods).labeler_key == OTHER
    assert document(verificationMethod=methods).signing_key(LABEL_KEY) == OTHER


def test_the_older_key_type_is_read() -> None:
    legacy = {
        "type": "EcdsaSecp256k1VerificationKey2019",
        "publicKeyMultibase": "z25z9DTpsiYYJKGsWmSPJK2NFN8PcJtZig12K59UgW7q5t",
    }
    key = document(verificationMethod=[method(**legacy)]).signing_key()
    assert key.did_key == "did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc"


def test_the_servers_are_found() -> None:
    labeler = {"id": f"{DID}#atproto_labeler", "type": "AtprotoLabeler", "serviceEndpoint": "https://mod.test"}
    found = document(service=[service(), labeler])
    assert (found.pds_endpoint, found.labeler_endpoint) == ("https://pds.test", "https://mod.test")


@pytest.mark.parametrize(
    "url, origin",
    [
        ("https://pds.test/", "https://pds.test"),
        ("https://pds.test:8443", "https://pds.test:8443"),
        ("http://localhost:2583", "http://localhost:2583"),
        ("https://[::1]:1", "https://[::1]:1"),
        ("https://pds.test/xrpc", None),
        ("https://pds.test?a=1", None),
        ("https://pds.test#x", None),
        ("https://user@pds.test", None),
        ("wss://pds.test", None),
        ("pds.test", None),
        ("https://", None),
        ("https://pds.test:99999999", None),
        ({"uri": "https://pds.test"}, None),
    ],
)
def test_a_server_is_an_origin_only(url: object, origin: str | None) -> None:
    assert document(service=[service(serviceEndpoint=url)]).pds_endpoint == origin


def test_a_server_of_another_type_does_not_count() -> None:
    assert document(service=[service(type="LinkedDomains")]).pds_endpoint is None


def test_the_first_at_alias_is_the_claimed_handle() -> None:
    assert document(alsoKnownAs=["https://x.test", "at://Alice.Test", "at://bob.test"]).handle == "alice.test"
    assert document(alsoKnownAs=["at://not a handle", "at://bob.test"]).handle is None
    assert document().handle is None


def test_odd_entries_do_not_hide_the_others() -> None:
    odd = document(verificationMethod=[5, {}, method()], service=["x", service()], alsoKnownAs=[None, "at://a.test"])
    assert (odd.signing_key(), odd.pds_endpoint, odd.handle) == (KEY, "https://pds.test", "a.test")


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"id": 5}', '{"id": "x"', "[" * 100_000])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as error:
        DidDocument.from_json(DID, text.encode())
    assert error.value.reason == "did-document"


def test_a_document_about_somebody_else_is_refused() -> None:
    with pytest.raises(Rejected) as error:
        DidDocument.from_json(DID, b'{"id": "did:plc:other"}')
    assert error.value.reason == "did-document-id"
