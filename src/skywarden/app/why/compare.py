"""Turn a stored hit or effect, and what a replay gave in its place, into the fields that differ."""

from collections.abc import Mapping, Sequence

import msgspec

from skywarden.model.difference import NOTHING, Difference, differences
from skywarden.model.effect import Effect
from skywarden.model.hit import Hit, Value
from skywarden.moderation.delays import due_us
from skywarden.moderation.evidence import EffectFound, HitFound


def hit_differences(stored: HitFound, now: Hit | None) -> list[Difference]:
    """What is not as it was; the values that the rule saw come first, as all else follows from them."""
    if now is None:
        return [Difference("hit", "the rule was true", "the rule is not true")]
    return list(differences("hit", _hit_fields(stored.hit), _hit_fields(now)))


def effect_differences(
    stored: EffectFound, now: Sequence[Effect], seed: bytes
) -> tuple[Effect | None, list[Difference]]:
    """The effect that took the place of the stored one, and what is not as it was."""
    was = stored.effect
    made = next((one for one in now if one.effect_id == was.effect_id), None)
    if made is None:
        made = next((one for one in now if (one.kind, one.value) == (was.kind, was.value)), None)
    if made is None:
        proposed = ", ".join(f"{one.kind.value} {one.value}" for one in now) or NOTHING
        return None, [Difference("effect", f"{was.kind.value} {was.value}", proposed)]
    then = _effect_fields(was) | {"due_us": stored.due_us}
    return made, list(differences("effect", then, _effect_fields(made) | {"due_us": due_us(made, seed)}))


def _hit_fields(hit: Hit) -> dict[str, object]:
    return {
        "version": hit.version,
        "time_us": hit.time_us,
        "did": hit.did,
        "uri": hit.uri,
        **_values(hit.values),
        "reason": hit.reason,
    }


def _effect_fields(effect: Effect) -> dict[str, object]:
    subject = effect.subject
    return {
        "effect_id": effect.effect_id,
        "version": effect.version,
        "time_us": effect.time_us,
        "kind": effect.kind.value,
        "value": effect.value,
        "subject": subject.uri,
        "did": subject.did,
        "cid": subject.cid,
        **_values(effect.values),
        "reason": effect.reason,
        "options": msgspec.to_builtins(effect.options),
        "limits": msgspec.to_builtins(effect.limits),
        "caused_by": list(effect.caused_by),
    }


def _values(values: Mapping[str, Value]) -> dict[str, object]:
    """Values as they come back from storage: a list is a list, a number may have lost its last digits of text."""
    kept = msgspec.json.decode(msgspec.json.encode(dict(values)))
    return {f"values.{name}": kept[name] for name in sorted(kept)}
