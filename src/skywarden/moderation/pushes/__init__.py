"""What moderation decided, on its way to other services: queued with the decision, sent later, kept until taken.

Refuses: the network; `app/jobs/push.py` sends.
"""

from skywarden.moderation.pushes.queue import Attempt, Push, PushQueue
from skywarden.moderation.pushes.rows import (
    APPVIEW,
    BLOB,
    CREDENTIALS,
    DIVERT,
    EMAIL,
    FAILED,
    PDS,
    REVERSAL,
    SENT,
    TAKEDOWN,
    WAITING,
    NewPush,
    queue_pushes,
)
from skywarden.moderation.pushes.save import save_pushes, takedown_pushes

__all__ = [
    "APPVIEW",
    "BLOB",
    "CREDENTIALS",
    "DIVERT",
    "EMAIL",
    "FAILED",
    "PDS",
    "REVERSAL",
    "SENT",
    "TAKEDOWN",
    "WAITING",
    "Attempt",
    "NewPush",
    "Push",
    "PushQueue",
    "queue_pushes",
    "save_pushes",
    "takedown_pushes",
]
