"""chat.bsky.moderation.getMessageContext: a reported message with those around it, as the chat service has them.

Messages are private: nobody looks at one that was not reported, and only moderators see those around it.
"""

import asyncio
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec
from sqlalchemy import select

from skywarden.api.method import Access, Call, Role, query
from skywarden.api.names import INVALID_REQUEST
from skywarden.api.proxied import asked_with, reply_of
from skywarden.kernel.errors import Rejected
from skywarden.storage import Database
from skywarden.storage.tables import MODERATION_EVENT

NSID = "chat.bsky.moderation.getMessageContext"
AROUND = 5


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    message_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    before: Annotated[int, msgspec.Meta(ge=0)] = AROUND
    after: Annotated[int, msgspec.Meta(ge=0)] = AROUND


async def _handle(call: Call[_Params, None]) -> object:
    params, services = call.params, call.services
    if not await asyncio.to_thread(_was_reported, services.database, params.message_id):
        raise Rejected(INVALID_REQUEST, place="messageId", expected="a message that was reported", found="another")
    most = AROUND if call.caller.has(Role.MODERATOR) else 0
    given = [pair for pair in parse_qsl(call.query.decode("latin-1")) if pair[0] not in ("before", "after")]
    window = [("before", str(min(params.before, most))), ("after", str(min(params.after, most)))]
    return reply_of(await services.upstreams.chat.get(NSID, [*given, *window], asked_with(call.headers)))


def _was_reported(database: Database, message_id: str) -> bool:
    is_report = MODERATION_EVENT.c.type == "modEventReport"
    reports = select(MODERATION_EVENT.c.id).where(MODERATION_EVENT.c.message_id == message_id, is_report).limit(1)
    with database.read() as tx:
        return tx.execute(reports).first() is not None


METHOD = query(NSID, Access.MEMBER, _Params, _handle)
