"""Turn the versions of all rules into the lines that people see of them: state, hits, precision, last time."""

from dataclasses import dataclass

from sqlalchemy import select

from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.releases.precision import Precision
from skywarden.moderation.releases.releases import Releases
from skywarden.moderation.releases.reviews import Reviews
from skywarden.moderation.releases.rows import RuleVersion
from skywarden.moderation.releases.states import ALONE
from skywarden.storage import Database
from skywarden.storage.tables import RULE_TALLY


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """One version: hits that acted, hits in shadow, what people found in these, and when it last fired."""

    version: RuleVersion
    hits: int
    shadow_hits: int
    precision: Precision
    last_hit_us: UtcMicros | None


def overview(db: Database, clock: Clock, *, rule: str | None = None, everything: bool = False) -> list[ReleaseLine]:
    """What is live or in shadow, and what waits as a draft; with `everything` retired versions too."""
    versions = [one for one in Releases(db, clock).versions(rule) if everything or one.state in ALONE or one.in_folder]
    found = Reviews(db, clock).precisions([(one.rule, one.version) for one in versions])
    with db.read() as tx:
        tallies = {(row.rule, row.version): row for row in tx.execute(select(RULE_TALLY))}
    lines = []
    for one in versions:
        tally = tallies.get((one.rule, one.version))
        counts = (0, 0) if tally is None else (int(tally.hits), int(tally.shadow_hits))
        last = None if tally is None else UtcMicros(tally.last_hit_us)
        lines.append(ReleaseLine(one, *counts, found[one.rule, one.version], last))
    return lines
