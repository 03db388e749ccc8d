"""tools.ozone.queue.deleteQueue: delete a queue; its pending reports go to another one, or to none."""

import msgspec

from skywarden.api.method import Access, Call, procedure


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    queue_id: int
    migrate_to_queue_id: int | None = None


def _handle(call: Call[None, _Input]) -> object:
    body = call.body
    moved = call.services.reports.queues.delete(body.queue_id, call.caller.did, body.migrate_to_queue_id)
    return {"deleted": True, "reportsMigrated": moved}


METHOD = procedure("tools.ozone.queue.deleteQueue", Access.MODERATOR, _Input, _handle)
