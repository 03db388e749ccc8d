"""Turn the figures of several histories and of real posts into the line that a benchmark ends with."""

from collections.abc import Mapping, Sequence

import msgspec

from skywarden.bench.detect.job_score import JobFigures
from skywarden.bench.detect.posts import PostsReview
from skywarden.bench.detect.score import DetectFigures, KindFigures


class KindSummary(msgspec.Struct, frozen=True):
    """One kind, or one job: by seed, and the worst of the seeds. Shares are rounded down to three digits."""

    precision: dict[int, float | None]
    recall: dict[int, float | None]
    least_precision: float | None
    least_recall: float | None


class DetectSummary(msgspec.Struct, frozen=True):
    """What the last line says. `posts` and `posts_acted` are absent without real posts."""

    seeds: tuple[int, ...]
    events: int
    accounts: int
    abusers: int
    innocent: int
    innocent_acted: int
    kinds: dict[str, KindSummary]
    jobs: dict[str, KindSummary] = {}
    posts: int | None = None
    posts_acted: int | None = None

    def holds(self, precision: float, recall: float, acted: float) -> bool:
        """Every kind came up and is found as promised, and real posts are left alone."""
        kinds = all(
            (kind.least_precision or 0.0) >= precision and (kind.least_recall or 0.0) >= recall
            for kind in self.kinds.values()
        )
        return kinds and (not self.posts or (self.posts_acted or 0) < acted * self.posts)


def summarise(
    figures: Sequence[DetectFigures], review: PostsReview | None, jobs: Mapping[int, Sequence[JobFigures]]
) -> DetectSummary:
    """Put the seeds side by side. `jobs` are the figures of the jobs by seed."""
    names = dict.fromkeys(kind.kind for one in figures for kind in one.kinds)
    return DetectSummary(
        seeds=tuple(one.seed for one in figures),
        events=sum(one.events for one in figures),
        accounts=sum(one.accounts for one in figures),
        abusers=sum(one.abusers for one in figures),
        innocent=sum(one.innocent for one in figures),
        innocent_acted=sum(one.innocent_acted for one in figures),
        kinds={name: _kind(name, figures) for name in names},
        jobs=_jobs(jobs),
        posts=None if review is None else review.posts,
        posts_acted=None if review is None else review.acted,
    )


def _kind(name: str, figures: Sequence[DetectFigures]) -> KindSummary:
    found = {one.seed: kind for one in figures for kind in one.kinds if kind.kind == name}
    return _summary(found)


def _jobs(figures: Mapping[int, Sequence[JobFigures]]) -> dict[str, KindSummary]:
    names = dict.fromkeys(one.job for of_seed in figures.values() for one in of_seed)
    return {
        name: _summary({seed: one for seed, of_seed in figures.items() for one in of_seed if one.job == name})
        for name in names
    }


def _summary(found: Mapping[int, KindFigures] | Mapping[int, JobFigures]) -> KindSummary:
    precision = {seed: _short(one.precision) for seed, one in found.items()}
    recall = {seed: _short(one.recall) for seed, one in found.items()}
    return KindSummary(precision, recall, _least(precision), _least(recall))


def _short(share: float | None) -> float | None:
    return None if share is None else int(share * 1_000) / 1_000


def _least(shares: dict[int, float | None]) -> float | None:
    return min((share for share in shares.values() if share is not None), default=None)
