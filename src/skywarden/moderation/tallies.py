"""Count hits by rule version as they are stored."""

from collections.abc import Sequence

from sqlalchemy import Connection, update

from skywarden.model.hit import Hit
from skywarden.storage import Database
from skywarden.storage.tables import RULE_TALLY


def count_hits(db: Database, tx: Connection, hits: Sequence[Hit]) -> None:
    """Add hits, none of which was counted before, in the transaction that stores them."""
    tallies: dict[tuple[str, str], tuple[int, int, int]] = {}
    for hit in hits:
        acting, tried, last_us = tallies.get((hit.rule, hit.version), (0, 0, 0))
        counted = (acting, tried + 1) if hit.is_shadow else (acting + 1, tried)
        tallies[hit.rule, hit.version] = (*counted, max(last_us, hit.time_us))
    keys = [{"rule": rule, "version": version, "hits": 0, "last_hit_us": 0} for rule, version in tallies]
    tx.execute(db.insert_or_ignore(RULE_TALLY), keys)
    for (rule, version), (acting, tried, last_us) in tallies.items():
        tx.execute(
            update(RULE_TALLY)
            .where(RULE_TALLY.c.rule == rule, RULE_TALLY.c.version == version)
            .values(
                hits=RULE_TALLY.c.hits + acting,
                shadow_hits=RULE_TALLY.c.shadow_hits + tried,
                last_hit_us=last_us,
            )
        )
