"""Whoever promotes is told everything that is missing at once."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from skywarden.moderation.releases.evidence import CasesRun, Evidence, Policy, lacks
from skywarden.moderation.releases.precision import Precision

ALL = Policy(cases=True, backtest=True, reviews=20, precision=0.8, two_persons=True)
GOOD = Evidence("often", "v1", "anna", "often.py", CasesRun(2), 7, 40, Precision(30, 0, 0))
POOR = Evidence("often", "v1", "ben", "often.py", CasesRun(0, ("a story",), ("miss",)), None, 3, Precision(1, 1, 0))


def test_all_that_is_missing_is_told_with_the_next_command() -> None:
    told = "\n".join(lacks(ALL, POOR, "ben"))
    assert "a story fails, no miss case: skywarden rules test often.py --rule often" in told
    assert "skywarden rules backtest often.py" in told
    assert "2 of 20 hits reviewed, 3 drawn so far: skywarden rules review often" in told
    assert "precision is 50% (9% to 91%) of 2, its lower end must be 80%" in told
    assert "ben wrote it, and another person must promote it" in told
    assert len(lacks(ALL, POOR, "ben")) == 5


def test_what_has_acted_before_needs_no_proof_but_still_another_person() -> None:
    back = replace(POOR, has_acted=True)
    assert lacks(ALL, back, "anna") == ()
    assert len(lacks(ALL, back, "ben")) == 1


def test_with_everything_there_nothing_is_missing() -> None:
    assert lacks(ALL, GOOD, "ben") == ()


@given(
    st.builds(
        Policy,
        st.booleans(),
        st.booleans(),
        st.integers(0, 50),
        st.floats(0, 1),
        st.booleans(),
    ),
    st.sampled_from([GOOD, POOR]),
    st.sampled_from(["anna", "ben"]),
)
def test_a_stricter_policy_never_misses_less(policy: Policy, evidence: Evidence, actor: str) -> None:
    none = Policy(cases=False, backtest=False, reviews=0, precision=0.0, two_persons=False)
    assert lacks(none, evidence, actor) == ()
    strict = Policy(True, True, max(policy.reviews, 20), max(policy.precision, 0.8), True)
    assert len(lacks(strict, evidence, actor)) >= len(lacks(policy, evidence, actor))
