"""Take back what a rule did, and put that back again, as runs that can be stopped and go on after a crash.

Refuses: to change what a person has confirmed or changed since; to write anything but through `ModerationService`.
"""

from skywarden.moderation.undo.items import ItemCount, StoredItem
from skywarden.moderation.undo.judge import ItemState, Why
from skywarden.moderation.undo.preview import Example, Preview
from skywarden.moderation.undo.runs import Phase, RunState, Selection, UndoRun
from skywarden.moderation.undo.service import RunView, UndoService

__all__ = [
    "Example",
    "ItemCount",
    "ItemState",
    "Phase",
    "Preview",
    "RunState",
    "RunView",
    "Selection",
    "StoredItem",
    "UndoRun",
    "UndoService",
    "Why",
]
