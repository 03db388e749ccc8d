"""com.atproto.temp.revokeAccountCredentials: an account's password and sessions end, at its PDS.

It is written into the audit log before the PDS is asked, so that no call goes unrecorded.
"""

import asyncio

import msgspec

from skywarden.api.formats import AtIdentifierText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.proxied import asked_with, reply_of
from skywarden.moderation.audit import Change, append_audit

NSID = "com.atproto.temp.revokeAccountCredentials"


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    account: AtIdentifierText


async def _handle(call: Call[None, _Input]) -> object:
    await asyncio.to_thread(_record, call)
    body = msgspec.json.encode(call.body)
    return reply_of(await call.services.upstreams.pds.post(NSID, body, asked_with(call.headers)))


def _record(call: Call[None, _Input]) -> None:
    database = call.services.database
    with database.write("credentials.revoke") as tx:
        change = Change(call.caller.did, "revokeCredentials", call.body.account, "{}")
        append_audit(database, tx, [change], call.now_us)


METHOD = procedure(NSID, Access.ADMIN, _Input, _handle)
