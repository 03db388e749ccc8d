"""Turn an explained decision into the statement of reasons that the affected user is owed.

What it tells follows Regulation (EU) 2022/2065, Article 17(3). It says nothing that helps to evade a rule (its name,
values and limits), unless the settings say so, and names no moderator.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skywarden.app.why.answers import Answer, DecisionSeen
from skywarden.engine.values import time_text
from skywarden.kernel.errors import Rejected
from skywarden.model.decision import Outcome
from skywarden.model.effect import EffectKind
from skywarden.moderation.desk.option_values import Policies
from skywarden.moderation.evidence.after import Sense

_EXCERPT = 300
_RESTRICTS = frozenset({EffectKind.LABEL.value, EffectKind.TAKEDOWN.value})
_ENDS = frozenset({Sense.REVERSED, Sense.UNDONE})
_IMAGES = frozenset({"image_cids", "avatar_cid", "banner_cid"})


@dataclass(frozen=True, slots=True)
class Words:
    """What the settings say: how to appeal, where else to turn, and whether the rule's own words are told."""

    appeal: str
    redress: str
    tells_values: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """The facts, as the affected user may know them. `fields` are those of the DSA Transparency Database's schema.

    `ended_us`: since then it no longer holds. `policies` are (name, what it says).
    """

    reference: str
    action: str
    content: str
    excerpt: str
    posted: str
    policies: tuple[tuple[str, str], ...]
    facts: str
    detection: str
    decided: str
    since: str
    until: str
    ended: str
    appeal: str
    redress: str
    fields: Mapping[str, Any]


def statement_of(answer: Answer, policies: Policies, words: Words, *, reported: bool) -> Statement:
    """The statement about an applied label or takedown; `reported`: users reported the subject before.

    Raises: Rejected, where nobody was restricted.
    """
    decision = answer.decision
    if decision is None or decision.kind not in _RESTRICTS or decision.outcome != Outcome.APPLIED.value:
        found = answer.name if decision is None else f"{decision.kind}, {decision.outcome}"
        raise Rejected("no statement", found=found, expected="a label or takedown that was applied")
    ended = next((one.at_us for one in answer.followed if one.sense in _ENDS), None)
    cells = {} if answer.event is None or decision.subject.count("/") < 3 else answer.event.columns
    detected = _detected(decision, reported=reported)
    facts = (answer.hit.reason if answer.hit is not None else decision.comment) if words.tells_values else ""
    return Statement(
        reference=f"decision-{decision.id}",
        action=_action(decision),
        content=decision.subject,
        excerpt=str(cells.get("text", ""))[:_EXCERPT],
        posted="" if answer.event is None or not cells else time_text(answer.event.time_us),
        policies=_policies(decision, policies),
        facts=facts or "The content or behaviour was found not to agree with the policy above.",
        detection=detected,
        decided=_decided(answer, decision),
        since=time_text(decision.at_us),
        until="" if decision.ends_us is None else time_text(decision.ends_us),
        ended="" if ended is None else time_text(ended),
        appeal=words.appeal,
        redress=words.redress,
        fields=_fields(answer, decision, cells, ended, reported=reported),
    )


def _action(decision: DecisionSeen) -> str:
    account = decision.subject.startswith("did:")
    thing = "account" if account else "content"
    if decision.kind == EffectKind.LABEL.value:
        return f'Your {thing} was labelled "{decision.value}". Apps may hide it, blur it or show a notice with it.'
    if account and decision.ends_us is not None:
        return "Your account was suspended."
    return f"Your {thing} was taken down."


def _policies(decision: DecisionSeen, known: Policies) -> tuple[tuple[str, str], ...]:
    names = (decision.event or {}).get("policies") or ()
    policies = [known.get(name) for name in names]
    told = tuple(
        (name, "") if policy is None else (policy.name, policy.description)
        for name, policy in zip(names, policies, strict=True)
    )
    if told or decision.kind != EffectKind.LABEL.value:
        return told
    return ((f'the label "{decision.value}"', "as the labeling service defines it in its profile"),)


def _detected(decision: DecisionSeen, *, reported: bool) -> str:
    if decision.automatic:
        return "It was found by automated means."
    return "It was found through reports of users." if reported else "It was found by the moderation team itself."


def _decided(answer: Answer, decision: DecisionSeen) -> str:
    if not decision.automatic:
        return "A member of the moderation team decided it."
    if any(one.sense is Sense.CONFIRMED for one in answer.followed):
        return "It was decided by automated means and confirmed by a member of the moderation team."
    return "It was decided by automated means, without a person."


def _fields(
    answer: Answer, decision: DecisionSeen, cells: Mapping[str, Any], ended: int | None, *, reported: bool
) -> dict[str, Any]:
    """The fields of a statement in the DSA Transparency Database that follow from what is known here."""
    account = decision.subject.startswith("did:")
    ends = ended or decision.ends_us
    found: dict[str, Any] = {
        "puid": f"decision-{decision.id}",
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "source_type": "SOURCE_TYPE_OTHER_NOTIFICATION" if reported else "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if decision.automatic else "No",
        "automated_decision": f"AUTOMATED_DECISION_{_share(answer, decision)}",
        "application_date": time_text(decision.at_us)[:10],
    }
    if decision.kind == EffectKind.LABEL.value:
        found |= {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_LABELLED"], **_end("visibility", ends)}
    elif account:
        kind = "TERMINATED" if decision.ends_us is None else "SUSPENDED"
        found |= {"decision_account": f"DECISION_ACCOUNT_{kind}", **_end("account", ends)}
    else:
        found |= {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"], **_end("visibility", ends)}
    if cells:
        found |= {"content_type": _content_types(cells), "content_date": time_text(cells["time_us"])[:10]}
        if cells.get("langs"):
            found["content_language"] = str(cells["langs"][0])[:2].upper()
    return found


def _share(answer: Answer, decision: DecisionSeen) -> str:
    """How much of the decision was automated."""
    if not decision.automatic:
        return "NOT_AUTOMATED"
    return "PARTIALLY" if any(one.sense is Sense.CONFIRMED for one in answer.followed) else "FULLY"


def _end(of: str, at_us: int | None) -> dict[str, str]:
    return {} if at_us is None else {f"end_date_{of}_restriction": time_text(at_us)[:10]}


def _content_types(cells: Mapping[str, Any]) -> list[str]:
    types = ["CONTENT_TYPE_TEXT"] if cells.get("text") else []
    types += ["CONTENT_TYPE_IMAGE"] if _IMAGES & cells.keys() else []
    types += ["CONTENT_TYPE_VIDEO"] if cells.get("video_cid") else []
    return types or ["CONTENT_TYPE_OTHER"]
