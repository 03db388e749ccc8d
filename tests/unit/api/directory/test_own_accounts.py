"""What the stream showed of accounts is shown where the network is away; deleted accounts are forgotten."""

from pathlib import Path

import msgspec

from ingest_rows import START_US, batch, post, profile, row
from skywarden.api.directory import SeenAccounts
from skywarden.ingest.accounts.account import LookedUp
from skywarden.ingest.accounts.table import AccountTable
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.event import Kind
from upstreams import make_directory, make_upstreams

ALICE, BOB, CAROL = Did("did:plc:alice"), Did("did:plc:bob"), Did("did:plc:carol")


async def test_accounts_of_the_stream_have_handle_name_and_the_time_of_their_first_act(tmp_path: Path) -> None:
    table = AccountTable(tmp_path / "accounts.db", cached=1, save_rows=1)
    table.stamp(
        batch(
            profile(ALICE, display_name="Alice"),
            post(BOB, "1"),
            row(BOB, kind=Kind.ACCOUNT, account_active=False, account_status="deleted"),
        )
    )
    table.commit(Offset(3))
    table.looked_up([LookedUp(ALICE, UtcMicros(START_US), handle="alice.test")])
    held = len(table)
    found = await make_directory(make_upstreams(), accounts=SeenAccounts(table)).accounts([ALICE, BOB, CAROL])
    assert set(found) == {ALICE}
    assert found[ALICE].handle == "alice.test"
    (record,) = found[ALICE].related_records
    assert msgspec.json.decode(record)["displayName"] == "Alice"
    assert msgspec.json.decode(found[ALICE].profile or b"{}")["handle"] == "alice.test"
    assert len(table) == held
    table.close()
