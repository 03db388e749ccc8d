"""Say as moderation events what an undo does, so that review clients show which run undid which decision; pure."""

from collections.abc import Sequence

import msgspec

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.model.subject import Subject
from skywarden.moderation.acts import HOUR_US, Act, SetAddition, SetRemoval
from skywarden.moderation.events import (
    ModEventComment,
    ModEventLabel,
    ModEventMute,
    ModEventReverseTakedown,
    ModEventTag,
    ModEventTakedown,
    ModEventUnmute,
)
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.put_back import Facet, Part, PutBack, is_there
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.undo.beside import SETS
from skywarden.moderation.undo.past import CAUSE, Answer
from skywarden.moderation.undo.runs import UndoRun

TOOL = "skywarden/undo"
ACTOR = "undo"

Asked = tuple[EffectKind, str] | None


def undo_proposal(
    run: UndoRun, answer: Answer, subject: Subject, put_back: PutBack, service: Did, now_us: UtcMicros
) -> Proposal:
    """What takes one decision back, or puts it back again; named so that a run does it once."""
    act, asked = _act(run, answer, put_back, now_us)
    return Proposal(
        act=act,
        subject=subject.version(answer.cid),
        created_by=service,
        actor=f"{ACTOR}:{run.id}",
        cause=f"{CAUSE}{run.id}:{answer.id}",
        asked=asked,
        reason=_comment(run, answer),
        tool_json=_tool_json(run, answer),
        caused_by=(answer.rule,),
        automatic=True,
        put_back=put_back,
    )


def _comment(run: UndoRun, answer: Answer) -> str:
    what = f"{answer.kind.value} {answer.value}".rstrip() if answer.kind is not EffectKind.COMMENT else "comment"
    verb = "puts back" if run.puts_back else "takes back"
    said = f"Undo {run.id} {verb} decision {answer.id} of rule {answer.rule}: {what}"
    return f"{said}. {run.reason}" if run.reason else said


def _tool_json(run: UndoRun, answer: Answer) -> str:
    meta = {
        "undo": run.id,
        "decision": answer.id,
        "rule": answer.rule,
        "version": answer.version,
        "by": run.created_by,
        **({} if run.of_run is None else {"putsBack": run.of_run}),
    }
    return msgspec.json.encode({"name": TOOL, "meta": meta}, order="sorted").decode()


def _act(run: UndoRun, answer: Answer, put_back: PutBack, now_us: UtcMicros) -> tuple[Act, Asked]:
    comment, target = _comment(run, answer), put_back.target
    hours = None if put_back.ends_us is None else max(1, -(-(put_back.ends_us - now_us) // HOUR_US))
    if answer.kind in SETS:
        return (SetAddition if run.puts_back else SetRemoval)(answer.kind, answer.value), None
    parts = {facet.part for facet in put_back.facets}
    if Part.LABEL in parts:
        given, gone = _words(put_back.facets, Part.LABEL, target)
        asked = (EffectKind.LABEL, given[0]) if given else (EffectKind.UNLABEL, gone[0])
        return ModEventLabel(given, gone, comment, hours), asked
    if Part.TAG in parts:
        given, gone = _words(put_back.facets, Part.TAG, target)
        asked = (EffectKind.TAG, given[0]) if given else (EffectKind.UNTAG, gone[0])
        return ModEventTag(given, gone, comment, hours), asked
    if Part.TAKEDOWN in parts:
        if target.takendown:
            return ModEventTakedown(comment, hours), (EffectKind.TAKEDOWN, "")
        return ModEventReverseTakedown(comment), (EffectKind.REVERSE_TAKEDOWN, "")
    if Part.MUTE in parts:
        if target.muted:
            return ModEventMute(hours or 0, comment), (EffectKind.MUTE, "")
        return ModEventUnmute(comment), (EffectKind.UNMUTE, "")
    return ModEventComment(comment), (EffectKind.COMMENT, "")


def _words(facets: frozenset[Facet], part: Part, target: SubjectStatus) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The labels or tags that are there afterwards, and those that are not; a label of several versions once."""
    mine: Sequence[Facet] = sorted(facet for facet in facets if facet.part is part)
    given = dict.fromkeys(facet.word for facet in mine if is_there(target, facet))
    gone = dict.fromkeys(facet.word for facet in mine if facet.word not in given)
    return tuple(given), tuple(gone)
