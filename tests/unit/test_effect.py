"""Effects are named by what they propose."""

from skywarden.kernel.ids import Did
from skywarden.model.effect import EffectKind, effect_id
from skywarden.model.subject import Subject

ALICE = Subject.account(Did("did:plc:alice"))


def test_the_same_proposal_has_the_same_name() -> None:
    assert effect_id("r", "v", 7, EffectKind.LABEL, "spam", ALICE) == effect_id(
        "r", "v", 7, EffectKind.LABEL, "spam", ALICE
    )


def test_parts_cannot_run_into_each_other() -> None:
    assert effect_id("ab", "c", 7, EffectKind.LABEL, "spam", ALICE) != effect_id(
        "a", "bc", 7, EffectKind.LABEL, "spam", ALICE
    )
