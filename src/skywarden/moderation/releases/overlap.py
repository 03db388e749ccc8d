"""Count how far hits in shadow and those of live rules are about the same accounts on the same days."""

from dataclasses import dataclass

from sqlalchemy import and_, func, select

from skywarden.storage import Database
from skywarden.storage.tables import HIT

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Overlap:
    """Account-days that both have, of those that the tried version has and of those that the live rule has."""

    rule: str
    both: int
    tried: int
    live: int

    @property
    def of_tried(self) -> float:
        """How much of what the version finds the live rule finds too."""
        return self.both / self.tried if self.tried else 0.0

    @property
    def of_live(self) -> float:
        """How much of what the live rule finds the version finds too."""
        return self.both / self.live if self.live else 0.0


def overlaps(db: Database, rule: str, version: str) -> list[Overlap]:
    """One for each rule that acted since the version's first shadow hit, the largest overlap first."""
    day = HIT.c.time_us // _DAY_US
    of_version = (HIT.c.rule == rule, HIT.c.version == version, HIT.c.is_shadow)
    with db.read() as tx:
        first = tx.execute(select(func.min(HIT.c.log_offset)).where(*of_version)).scalar_one_or_none()
        if first is None:
            return []
        since = HIT.c.log_offset >= first
        tried = select(HIT.c.did, day.label("day")).where(*of_version, since).distinct().subquery()
        live = (
            select(HIT.c.rule, HIT.c.did, day.label("day")).where(since, HIT.c.is_shadow.is_(False)).distinct()
        ).subquery()
        total = int(tx.execute(select(func.count()).select_from(tried)).scalar_one())
        same = and_(live.c.did == tried.c.did, live.c.day == tried.c.day)
        query = (
            select(live.c.rule, func.count().label("live"), func.count(tried.c.did).label("both"))
            .select_from(live.outerjoin(tried, same))
            .group_by(live.c.rule)
        )
        found = [Overlap(row.rule, int(row.both), total, int(row.live)) for row in tx.execute(query)]
    return sorted(found, key=lambda one: (-one.both, one.rule))
