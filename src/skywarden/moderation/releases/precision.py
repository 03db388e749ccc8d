"""Turn people's verdicts on a sample of hits into the share that is right, and how far people agree."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from skywarden.model.proportion import Proportion, wilson


class Verdict(StrEnum):
    """What a person says of a hit before knowing which rule it is of."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Precision:
    """How many of the sampled hits are right, with its 95% interval; `unsure` ones count for neither side.

    `kappa` is the agreement beyond chance of people who saw the same hits, `twice` how many hits two or more saw.
    """

    right: int
    wrong: int
    unsure: int
    twice: int = 0
    kappa: float | None = None

    @property
    def reviewed(self) -> int:
        return self.right + self.wrong + self.unsure

    @property
    def share(self) -> Proportion:
        return wilson(self.right, self.right + self.wrong)

    def text(self) -> str:
        """For people: the share and its interval, or what is there of it."""
        share = self.share
        if share.share is None:
            return "" if not self.reviewed else f"{self.unsure} unsure"
        return f"{share.share:.0%} ({share.low:.0%} to {share.high:.0%}) of {share.asked}"


def precision_of(verdicts: Mapping[int, Sequence[Verdict]]) -> Precision:
    """The precision over hits; what people are divided on, half and half, is unsure. Shape: verdicts by hit."""
    settled = Counter(_settled(said) for said in verdicts.values() if said)
    pairs = [(said[0], said[1]) for said in verdicts.values() if len(said) > 1]
    return Precision(
        settled[Verdict.RIGHT], settled[Verdict.WRONG], settled[Verdict.UNSURE], len(pairs), agreement(pairs)
    )


def agreement(pairs: Iterable[tuple[Verdict, Verdict]]) -> float | None:
    """Agreement beyond chance of the first two verdicts on each hit; None without pairs or where chance explains all.

    Source: W. Scott, "Reliability of Content Analysis", Public Opinion Quarterly 19, 1955: one distribution for both,
    as who came first is nobody in particular.
    """
    said = list(pairs)
    if not said:
        return None
    counts = Counter(verdict for pair in said for verdict in pair)
    expected = sum((count / (2 * len(said))) ** 2 for count in counts.values())
    if expected == 1:
        return None
    observed = sum(first is second for first, second in said) / len(said)
    return (observed - expected) / (1 - expected)


def _settled(said: Sequence[Verdict]) -> Verdict:
    right, wrong = said.count(Verdict.RIGHT), said.count(Verdict.WRONG)
    if right == wrong:
        return Verdict.UNSURE
    return Verdict.RIGHT if right > wrong else Verdict.WRONG
