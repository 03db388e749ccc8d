"""Every decision is replayed identical; whatever was altered since, the first difference is named."""

import sqlite3
from collections import Counter
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Table, select, update

from skywarden.app.why import Replayed, Verdict
from skywarden.app.why.rule_texts import RuleTexts
from skywarden.kernel.ids import Offset
from skywarden.log import SqliteLog
from skywarden.log.codec import checksum, decode_rows, encode_rows
from skywarden.model.log_history import LogHistory
from skywarden.storage.tables import DECISION, EFFECT, FORGET_REQUEST, HIT
from why_platform import Seen


def test_every_decision_is_replayed_identical(seen: Seen) -> None:
    found = seen.replay_all()
    assert {one.name: one for one in found if one.verdict is not Verdict.IDENTICAL} == {}
    with seen.database.read() as tx:
        outcomes = Counter(tx.execute(select(DECISION.c.outcome)).scalars())
    assert len(found) == sum(outcomes.values()) > 20
    assert {"applied", "already", "suppressed"} <= outcomes.keys()
    assert {one.compared for one in found} == {("hit", "effect", "decision"), ("decision",)}


def first_of_rule(seen: Seen, results: list[Replayed], rule: str) -> Replayed:
    with seen.database.read() as tx:
        numbers = tx.execute(select(DECISION.c.id).where(DECISION.c.rule == rule).order_by(DECISION.c.id)).scalars()
        name = f"decision {next(iter(numbers))}"
    return next(one for one in results if one.name == name)


def alter(seen: Seen, table: Table, rule: str, **values: Any) -> None:
    with seen.database.write("test") as tx:
        tx.execute(update(table).where(table.c.rule == rule).values(**values))


def first_difference(seen: Seen, rule: str = "often") -> tuple[str, str, str]:
    found = first_of_rule(seen, seen.replay_all(), rule)
    assert found.verdict is Verdict.DIFFERENT
    first = found.differences[0]
    return first.field, first.then, first.now


def test_an_altered_value_of_a_hit_is_named(seen: Seen) -> None:
    alter(seen, HIT, "often", values_json='{"times": 99}')
    assert first_difference(seen) == ("hit.values.times", "99", "3")


def test_an_altered_option_of_an_effect_is_named(seen: Seen) -> None:
    alter(seen, EFFECT, "often", options_json="{}")
    assert first_difference(seen)[0] == "effect.options"


def test_an_altered_due_time_is_named(seen: Seen) -> None:
    alter(seen, EFFECT, "threat", due_us=7)
    assert first_difference(seen, "threat") == ("effect.due_us", "7", "0")


def test_an_altered_outcome_is_named(seen: Seen) -> None:
    alter(seen, DECISION, "threat", outcome="suppressed", why="somebody said so")
    assert first_difference(seen, "threat") == ("decision.outcome", "suppressed", "applied")


def rewrite_log(seen: Seen, old: str, new: str) -> LogHistory:
    """The log with one text put in another's place and sound checksums, as a forger would leave it."""
    path = seen.chain.log.path
    with sqlite3.connect(path) as db:
        for base, crc, payload in db.execute("SELECT base, crc, payload FROM batches").fetchall():
            rows = decode_rows(payload, crc, "test")
            texts = [new if text == old else text for text in rows.column("text").to_pylist()]
            at = rows.schema.get_field_index("text")
            forged = encode_rows(rows.set_column(at, rows.schema.field(at), pa.array(texts, pa.string())))
            db.execute("UPDATE batches SET payload=?, crc=? WHERE base=?", (forged, checksum(forged), base))
    db.close()
    return LogHistory(SqliteLog(path, writable=False))


def test_a_forged_row_of_the_log_is_told_by_what_the_rule_no_longer_finds(seen: Seen) -> None:
    forged = rewrite_log(seen, "a threat", "a treat")
    found = first_of_rule(seen, seen.replay_all(forged), "threat")
    assert (found.verdict, found.differences[0].now) == (Verdict.DIFFERENT, "the rule is not true")
    assert first_of_rule(seen, seen.replay_all(forged), "often").verdict is Verdict.IDENTICAL


def test_a_rotten_row_of_the_log_is_told(seen: Seen) -> None:
    path = seen.chain.log.path
    with sqlite3.connect(path) as db:
        rot = "substr(payload, 1, 50) || x'00' || substr(payload, 52)"
        db.execute(f"UPDATE batches SET payload = CAST({rot} AS BLOB)")
    db.close()
    found = seen.replay_all(LogHistory(SqliteLog(path, writable=False)))
    told = first_of_rule(seen, found, "often")
    assert (told.verdict, told.differences[0].field) == (Verdict.DIFFERENT, "log")
    assert "damaged" in told.differences[0].now


def test_a_rule_whose_text_changed_and_was_not_kept_is_not_guessed(seen: Seen) -> None:
    seen.chain.rules = seen.chain.rules.replace("MOST = 2", "MOST = 3")
    found = seen.replay_all()
    changed = first_of_rule(seen, found, "often")
    assert changed.verdict is Verdict.UNKNOWN
    assert "was not kept" in changed.why
    assert first_of_rule(seen, found, "threat").verdict is Verdict.IDENTICAL


def test_a_rule_that_is_gone_is_not_guessed(seen: Seen) -> None:
    texts = seen.texts
    nothing = RuleTexts(seen.database, lambda: replace(texts.read_present(), files=()))
    found = seen.replay_all(texts=nothing)
    assert first_of_rule(seen, found, "often").verdict is Verdict.UNKNOWN


def test_an_event_that_history_no_longer_holds_is_told(seen: Seen) -> None:
    class Retired(LogHistory):
        def span(self) -> tuple[Offset, Offset]:
            return Offset(40), self.log.end_offset()

    found = seen.replay_all(Retired(seen.chain.log))
    gone = first_of_rule(seen, found, "often")
    assert gone.verdict is Verdict.UNKNOWN
    assert "is gone; history is from 40" in gone.why


@pytest.mark.parametrize("rule", ["often", "threat"])
def test_a_replay_says_from_where_it_ran(seen: Seen, rule: str) -> None:
    found = first_of_rule(seen, seen.replay_all(), rule)
    assert found.events > 0
    assert found.start is not None


def test_what_had_to_be_forgotten_is_unknown_and_not_different(seen: Seen) -> None:
    alter(seen, HIT, "often", values_json="{}")
    assert first_of_rule(seen, seen.replay_all(), "often").verdict is Verdict.DIFFERENT
    asked = {"uri": "did:plc:z", "why": "asked", "asked_by": "cli", "asked_us": 1, "done_us": 1 << 60, "rows": 3}
    with seen.database.write("test") as tx:
        tx.execute(FORGET_REQUEST.insert(), asked)
    found = first_of_rule(seen, seen.replay_all(), "often")
    assert found.verdict is Verdict.UNKNOWN
    assert found.why.startswith("1 accounts or records were forgotten since")
    assert "hit.values.times" in {one.field for one in found.differences}
