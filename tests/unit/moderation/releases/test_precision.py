"""Verdicts become a precision with its interval, and the agreement of those who gave them."""

from hypothesis import given
from hypothesis import strategies as st

from skywarden.moderation.releases.precision import Precision, Verdict, agreement, precision_of

RIGHT, WRONG, UNSURE = Verdict.RIGHT, Verdict.WRONG, Verdict.UNSURE
VERDICTS = st.lists(st.sampled_from(list(Verdict)), max_size=4)


def test_the_share_and_its_interval_are_wilsons() -> None:
    """18 of 20: 0.699 to 0.972 by Wilson's formula."""
    found = precision_of({number: [RIGHT] if number < 18 else [WRONG] for number in range(20)})
    assert round(found.share.low, 3) == 0.699
    assert round(found.share.high, 3) == 0.972
    assert found.text() == "90% (70% to 97%) of 20"


def test_unsure_ones_count_for_neither_side_but_were_reviewed() -> None:
    found = precision_of({1: [RIGHT], 2: [UNSURE], 3: []})
    assert (found.reviewed, found.share.asked) == (2, 1)
    assert precision_of({1: [UNSURE]}).text() == "1 unsure"
    assert precision_of({}).text() == ""


def test_most_of_several_verdicts_count_and_a_tie_is_unsure() -> None:
    found = precision_of({1: [RIGHT, RIGHT, WRONG], 2: [RIGHT, WRONG], 3: [WRONG, UNSURE]})
    assert (found.right, found.wrong, found.unsure, found.twice) == (1, 1, 1, 3)


def test_agreement_is_one_when_all_agree_and_nought_by_chance() -> None:
    assert agreement([(RIGHT, RIGHT), (WRONG, WRONG)]) == 1.0
    by_chance = [(RIGHT, RIGHT), (RIGHT, WRONG), (WRONG, RIGHT), (WRONG, WRONG)]
    assert agreement(by_chance) == 0.0
    assert agreement([]) is None
    assert agreement([(RIGHT, RIGHT)]) is None


@given(st.dictionaries(st.integers(), VERDICTS))
def test_every_hit_with_a_verdict_is_counted_once(verdicts: dict[int, list[Verdict]]) -> None:
    found: Precision = precision_of(verdicts)
    assert found.reviewed == sum(bool(said) for said in verdicts.values())
    assert 0.0 <= found.share.low <= found.share.high <= 1.0
    assert found.kappa is None or -1.0 <= found.kappa <= 1.0
