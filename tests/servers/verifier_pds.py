"""A PDS on loopback with one account that can sign in, write verification records and delete them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from servers.foreign_service import Call, ForeignService, Reply, foreign_service

VERIFIER_DID = "did:plc:verifier4aaaaaaaaaaaaaaa"
PASSWORD = "app-pass-word"
CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"


@dataclass
class VerifierPds:
    """`records` are by key. Subjects in `refused` are not taken; the answer about those in `lost` never arrives."""

    service: ForeignService
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    sessions: int = 0

    @property
    def url(self) -> str:
        return self.service.url

    @property
    def subjects(self) -> list[str]:
        return sorted(record["subject"] for record in self.records.values())

    def end_session(self) -> None:
        """No token that was given before is good any more."""
        self.sessions += 1

    def answer(self, call: Call) -> Reply:
        method = call.nsid.rpartition(".")[2]
        if method == "createSession":
            return self._sign_in(call.json)
        if method == "getRecord":
            return self._get(parse_qs(call.query)["rkey"][0])
        if call.headers.get("authorization") != f"Bearer token-{self.sessions}":
            return refusal(400, "ExpiredToken")
        if call.json["repo"] != VERIFIER_DID or call.json["collection"] != "app.bsky.graph.verification":
            return refusal(400, "InvalidRequest")
        if method == "deleteRecord":
            self.records.pop(call.json["rkey"], None)
            return Reply()
        return self._create(call.json["rkey"], call.json["record"])

    def _sign_in(self, given: dict[str, str]) -> Reply:
        if given != {"identifier": VERIFIER_DID, "password": PASSWORD}:
            return refusal(401, "AuthenticationRequired")
        self.sessions += 1
        return Reply(body={"did": VERIFIER_DID, "handle": "v.example", "accessJwt": f"token-{self.sessions}"})

    def _get(self, rkey: str) -> Reply:
        if rkey not in self.records:
            return refusal(400, "RecordNotFound")
        return Reply(body={**stored(rkey), "value": self.records[rkey]})

    def _create(self, rkey: str, record: dict[str, Any]) -> Reply:
        if record["subject"] in self.refused:
            return refusal(400, "InvalidRecord")
        self.records[rkey] = record
        return refusal(500, "InternalServerError") if record["subject"] in self.lost else Reply(body=stored(rkey))


def stored(rkey: str) -> dict[str, str]:
    return {"uri": f"at://{VERIFIER_DID}/app.bsky.graph.verification/{rkey}", "cid": CID}


def refusal(status: int, error: str) -> Reply:
    return Reply(status, {"error": error, "message": "no"})


@asynccontextmanager
async def verifier_pds() -> AsyncIterator[VerifierPds]:
    """Serve while the block runs."""
    async with foreign_service() as service:
        pds = VerifierPds(service)
        service.answer = pds.answer
        yield pds
