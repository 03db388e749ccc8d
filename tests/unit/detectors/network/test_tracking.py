"""What becomes of clusters from one day to the next."""

from hypothesis import given, settings
from hypothesis import strategies as st

from skywarden.detectors.network.tracking import Fate, Tracked, follow, jaccard


def members(text: str) -> frozenset[str]:
    return frozenset(text)


def fates(tracked: list[Tracked]) -> list[tuple[str, Fate]]:
    return [(one.name, one.fate) for one in tracked]


def test_a_cluster_that_keeps_most_members_goes_on_under_its_name() -> None:
    assert fates(follow({"ring": members("abcd")}, [members("abce")], "2026-01-02")) == [("ring", Fate.CONTINUATION)]


def test_a_cluster_that_keeps_too_few_dies_and_another_is_born() -> None:
    first, second = follow({"ring": members("abcd")}, [members("abxyz")], "2026-01-02")
    assert (first.fate, second) == (Fate.BIRTH, Tracked("ring", Fate.DEATH, members("abcd"), ("ring",)))


def test_two_that_become_one_are_merged_under_the_name_of_the_more_alike() -> None:
    (merged,) = follow({"one": members("abcd"), "two": members("efgh")}, [members("abcdefgh")], "d")
    assert (merged.name, merged.fate, merged.parents) == ("one", Fate.MERGE, ("one", "two"))


def test_one_that_becomes_two_is_split_and_only_one_keeps_the_name() -> None:
    first, second = follow({"ring": members("abcdef")}, [members("abc"), members("def")], "d")
    assert (first.name, first.fate, second.fate) == ("ring", Fate.SPLIT, Fate.SPLIT)
    assert second.name != "ring"
    assert second.parents == ("ring",)


def test_a_newborn_is_named_by_its_members_and_its_day() -> None:
    (one,) = follow({}, [members("abc")], "monday")
    (same,) = follow({}, [members("cba")], "monday")
    (later,) = follow({}, [members("abc")], "tuesday")
    assert one.name == same.name != later.name


@st.composite
def partitions(draw: st.DrawFn) -> list[frozenset[str]]:
    labels = draw(st.lists(st.integers(0, 4), min_size=12, max_size=12))
    groups = [frozenset(chr(97 + i) for i, label in enumerate(labels) if label == group) for group in range(5)]
    return [group for group in groups if len(group) >= 2]


@given(partitions(), partitions(), st.randoms())
@settings(deadline=None)
def test_every_cluster_is_accounted_for_once_in_any_order(
    yesterday: list[frozenset[str]], today: list[frozenset[str]], random: object
) -> None:
    before = {f"c{number}": group for number, group in enumerate(yesterday)}
    tracked = follow(before, today, "d")
    assert tracked == follow(before, today[::-1], "d")
    living = [one for one in tracked if one.fate is not Fate.DEATH]
    assert sorted(map(sorted, today)) == [sorted(one.members) for one in living]
    assert len({one.name for one in tracked}) == len(tracked)
    for one in tracked:
        for parent in one.parents:
            assert one.fate is Fate.DEATH or jaccard(before[parent], one.members) >= 0.5
