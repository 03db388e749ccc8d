"""Walk through everything that makes a labeler: its key, its DID document, its record; check each, mend what may be."""

import difflib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from skywarden.app.backend import has_label_key, label_key
from skywarden.app.data_folder import DataFolder
from skywarden.app.doctor.finding import Finding, Verdict, doubtful, fine, unset, wrong
from skywarden.app.doctor.network import document_findings
from skywarden.app.label_setup.account import LabelerAccount, NeedsSecondFactor, PublishedRecord
from skywarden.app.label_setup.dialogue import Dialogue
from skywarden.app.label_setup.plc import PlcState, plc_state, unsigned_operation
from skywarden.app.labeler import labeler_did
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import HttpResolver
from skywarden.kernel.errors import Rejected, Retryable, SkywardenError
from skywarden.kernel.ids import Did
from skywarden.labels.declaration import RECORD_TYPE, parse_declaration, read_declaration
from skywarden.settings import Settings

_PLC = "did:plc:"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to walk. `check_only` changes nothing; `password` and `plc_token` answer what would be asked."""

    check_only: bool = False
    password: str = ""
    plc_token: str = ""


@dataclass(slots=True)
class _Walk:
    """One run."""

    settings: Settings
    wishes: Wishes
    dialogue: Dialogue
    fetcher: GuardedFetcher
    did: Did = field(init=False)
    did_key: str = field(init=False)
    signed_in: bool = False

    async def steps(self) -> AsyncIterator[Finding]:
        for finding in self._own():
            yield finding
            if finding.verdict is Verdict.WRONG:
                return
        try:
            document = await self._document()
        except (Rejected, Retryable) as error:
            yield wrong("DID", f"{self.did} does not resolve: {error}", self._how_to_resolve())
            return
        yield fine("DID", f"{self.did} resolves")
        found = document_findings(self.settings, document)
        async with LabelerAccount(document.pds_endpoint or "", self.did) as account:
            if any(finding.verdict is Verdict.WRONG for finding in found) and await self._mend(account):
                found = document_findings(self.settings, await self._document())
            for finding in found:
                yield finding
            yield await self._record(account, document)

    def _own(self) -> list[Finding]:
        """Our key and our DID, made where they are missing."""
        folder = DataFolder(Path(self.settings.data))
        if self.wishes.check_only and not has_label_key(self.settings, folder):
            return [wrong("label key", "there is none yet", "`skywarden label setup` makes one")]
        folder.make()
        self.did_key = label_key(self.settings, folder).did_key
        url = self.settings.server.public_url
        self.did = labeler_did(self.settings.labeler.did, url, folder.label_key.parent / "labeler.did")
        findings = [fine("label key", self.did_key)]
        if not url.startswith("https://"):
            findings.append(doubtful("public URL", f"{url} is not https", "put a proxy with a certificate in front"))
        return findings

    async def _document(self) -> DidDocument:
        network = self.settings.network
        loopback = network.allow_loopback
        return await HttpResolver(self.fetcher, network.plc_url, allow_loopback=loopback).resolve(self.did)

    def _how_to_resolve(self) -> str:
        if self.did.startswith(_PLC):
            return "check labeler.did and network.plc_url"
        return "`skywarden serve` answers /.well-known/did.json: start it, and let its host be reached by https"

    async def _mend(self, account: LabelerAccount) -> bool:
        """Change a did:plc to name our key and address; say how where we cannot."""
        if self.wishes.check_only or not self.did.startswith(_PLC):
            return False
        directory = self.settings.network.plc_url
        url = self.settings.server.public_url.rstrip("/")
        state = await plc_state(self.fetcher, directory, self.did)
        wanted = state.with_labeler(self.did_key, url)
        self.dialogue.say(_difference(_identity(state), _identity(wanted)))
        if account.pds and self.dialogue.confirm(f"Let {account.pds} sign this change of {self.did}?"):
            return await self._change_identity(account, wanted)
        self.dialogue.say("Whoever holds a rotation key can sign this operation and POST it to the directory:")
        self.dialogue.say(await unsigned_operation(self.fetcher, directory, self.did, wanted))
        return False

    async def _change_identity(self, account: LabelerAccount, wanted: PlcState) -> bool:
        await self._sign_in(account, "Password of the account (an app password cannot change an identity)")
        token = self.wishes.plc_token
        if not token:
            await account.ask_for_token()
            token = self.dialogue.ask("Token of the e-mail that the PDS has just sent")
        if not token:
            self.dialogue.say("The e-mail has a token: run this again with --plc-token TOKEN.")
            return False
        await account.change_identity(token, wanted.methods, wanted.services)
        return True

    async def _record(self, account: LabelerAccount, document: DidDocument) -> Finding:
        """Compare the published record with the declaration, and publish it where it may."""
        part, file = "declaration", self.settings.labeler.declaration
        if document.pds_endpoint is None:
            return doubtful(part, f"{self.did} names no PDS: it cannot publish {RECORD_TYPE}", "use a did:plc account")
        published = await account.published()
        if not file:
            return _published_alone(part, published)
        declaration = read_declaration(Path(file))
        wanted = _record_of(declaration.record, published)
        if published is not None and wanted == published.value:
            return fine(part, f"{RECORD_TYPE} is published: {len(declaration.values)} label values")
        self.dialogue.say(_difference(_text({} if published is None else published.value), _text(wanted)))
        if self.wishes.check_only or not self.dialogue.confirm(f"Publish this as {RECORD_TYPE} of {self.did}?"):
            return wrong(part, f"{file} is not published as it is", "skywarden label setup")
        await self._sign_in(account, "App password of the account")
        await account.publish(wanted, published)
        return fine(part, f"{RECORD_TYPE} is published now: {len(declaration.values)} label values")

    async def _sign_in(self, account: LabelerAccount, question: str) -> None:
        if self.signed_in:
            return
        password = self.wishes.password or self.dialogue.ask(question, secret=True)
        if not password:
            raise Rejected("label_account", expected="a password", hint="set SKYWARDEN_LABELER_PASSWORD")
        try:
            await account.sign_in(password)
        except NeedsSecondFactor:
            await account.sign_in(password, self.dialogue.ask("Code of the e-mail that the PDS has just sent"))
        self.signed_in = True


async def walk(settings: Settings, wishes: Wishes, dialogue: Dialogue) -> AsyncIterator[Finding]:
    """Give one finding a step; a step that fails is a finding and the end of the walk."""
    async with GuardedFetcher(allow_loopback=settings.network.allow_loopback) as fetcher:
        try:
            async for finding in _Walk(settings, wishes, dialogue, fetcher).steps():
                yield finding
        except SkywardenError as error:
            yield wrong("setup", str(error), "mend that, then run this again: what is done stays done")


def _published_alone(part: str, published: PublishedRecord | None) -> Finding:
    mend = "write a declaration and set labeler.declaration; docs/how-to/labeler.md has one to begin with"
    if published is None:
        return wrong(part, f"{RECORD_TYPE} is not published: no client would offer this labeler", mend)
    try:
        values = parse_declaration(published.value, "the published record").values
    except Rejected as error:
        return doubtful(part, str(error), mend)
    return unset(part, f"{RECORD_TYPE} is published with {len(values)} label values; no file to compare", mend)


def _record_of(declared: dict[str, Any], published: PublishedRecord | None) -> dict[str, Any]:
    """The declaration as a record; what only the published one has of its own (its age, its self-labels) stays."""
    before = {} if published is None else published.value
    kept: dict[str, Any] = {name: before[name] for name in ("createdAt", "labels") if name in before}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"createdAt": now, **kept, **declared, "$type": RECORD_TYPE}


def _identity(state: PlcState) -> str:
    return _text({"verificationMethods": state.methods, "services": state.services})


def _text(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2).decode()


def _difference(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "now", "then", lineterm="")
    return "\n".join(lines)
