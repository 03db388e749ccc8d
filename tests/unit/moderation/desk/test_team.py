"""Who is in the team, with which role, and who may change it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from audit_trail import audited
from proposals import LABELER
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.model.team import Member, Role
from skywarden.moderation.desk import Desk, open_desk
from skywarden.moderation.desk.team import CACHE_S, MemberQuery
from skywarden.storage import Database

BOSS = Did("did:plc:boss")
ANNA = Did("did:plc:anna")
BEN = Did("did:plc:ben")
CLEO = Did("did:plc:cleo")


def listed(desk: Desk, query: MemberQuery) -> list[Did]:
    return [member.did for member in desk.team.list(query).rows]


def test_a_member_is_added_once_with_who_added_it(desk: Desk, clock: ManualClock) -> None:
    made = desk.team.add(ANNA, Role.TRIAGE, BOSS)
    assert (made.did, made.role, made.disabled, made.last_updated_by) == (ANNA, Role.TRIAGE, False, BOSS)
    assert made.created_us == made.updated_us == clock.now_us()
    with pytest.raises(Rejected, match="MemberAlreadyExists"):
        desk.team.add(ANNA, Role.ADMIN, BOSS)
    assert desk.team.role_of(ANNA) == Member(ANNA, Role.TRIAGE)


def test_of_many_who_add_one_account_one_succeeds_and_the_others_are_told(desk: Desk, database: Database) -> None:
    def add(number: int) -> str:
        try:
            return desk.team.add(ANNA, Role.TRIAGE, Did(f"did:plc:admin{number}")).last_updated_by
        except Rejected as error:
            return error.reason

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(add, range(8)))
    assert answers[:7] == ["MemberAlreadyExists"] * 7
    assert [actor for actor, _, _, _ in audited(database)] == answers[7:]


def test_an_update_changes_what_it_names_and_says_who_did_it(desk: Desk, clock: ManualClock) -> None:
    desk.team.add(ANNA, Role.TRIAGE, BOSS)
    clock.advance(5)
    disabled = desk.team.update(ANNA, BEN, disabled=True)
    assert (disabled.role, disabled.disabled, disabled.last_updated_by) == (Role.TRIAGE, True, BEN)
    assert disabled.updated_us == clock.now_us() > disabled.created_us
    promoted = desk.team.update(ANNA, BOSS, role=Role.MODERATOR)
    assert (promoted.role, promoted.disabled) == (Role.MODERATOR, True)
    assert desk.team.role_of(ANNA) == Member(ANNA, Role.MODERATOR, disabled=True)
    with pytest.raises(Rejected, match="MemberNotFound"):
        desk.team.update(BEN, BOSS, role=Role.ADMIN)


def test_nobody_disables_or_deletes_themselves_or_the_service(desk: Desk) -> None:
    desk.team.add(LABELER, Role.ADMIN, BOSS)
    desk.team.add(ANNA, Role.ADMIN, BOSS)
    for by, own in ((ANNA, ANNA), (ANNA, LABELER)):
        with pytest.raises(Rejected, match="InvalidRequest"):
            desk.team.update(own, by, disabled=True)
        with pytest.raises(Rejected, match="CannotDeleteSelf"):
            desk.team.delete(own, by)
    assert desk.team.update(ANNA, ANNA, role=Role.MODERATOR).role is Role.MODERATOR
    desk.team.delete(ANNA, BOSS)
    assert desk.team.role_of(ANNA) is None
    with pytest.raises(Rejected, match="MemberNotFound"):
        desk.team.delete(ANNA, BOSS)


def test_a_change_is_seen_at_once_here_and_elsewhere_when_the_memory_ends(
    desk: Desk, database: Database, clock: ManualClock
) -> None:
    elsewhere = open_desk(database, clock, LABELER)
    assert (desk.team.role_of(ANNA), elsewhere.team.role_of(ANNA)) == (None, None)
    desk.team.add(ANNA, Role.TRIAGE, BOSS)
    assert desk.team.role_of(ANNA) == Member(ANNA, Role.TRIAGE)
    assert elsewhere.team.role_of(ANNA) is None
    clock.advance(CACHE_S)
    assert elsewhere.team.role_of(ANNA) == Member(ANNA, Role.TRIAGE)


def test_those_of_the_settings_get_their_roles_at_each_start_and_nobody_else_is_touched(
    desk: Desk, database: Database
) -> None:
    desk.team.add(CLEO, Role.VERIFIER, BOSS)
    desk.team.seed([BOSS, ANNA], [ANNA, BEN], [])
    desk.team.seed([BOSS, ANNA], [ANNA, BEN], [])
    assert {member.did: member.role for member in desk.team.members()} == {
        CLEO: Role.VERIFIER,
        BOSS: Role.ADMIN,
        ANNA: Role.ADMIN,
        BEN: Role.MODERATOR,
    }
    assert len(audited(database)) == 4
    desk.team.update(BEN, BOSS, role=Role.TRIAGE, disabled=True)
    desk.team.seed([BOSS], [BEN], [])
    assert desk.team.role_of(BEN) == Member(BEN, Role.MODERATOR, disabled=True)


def test_a_setting_that_lists_a_handle_is_refused(desk: Desk) -> None:
    with pytest.raises(Rejected, match="moderators"):
        desk.team.seed([BOSS], ["ben.example"], [])
    assert desk.team.members() == []


def test_members_are_found_by_role_state_and_any_of_their_names(desk: Desk) -> None:
    desk.team.seed([BOSS], [ANNA, BEN], [CLEO])
    desk.team.update(BEN, BOSS, disabled=True)
    desk.team.note_profiles({CLEO: ("cleo.example", "Kléopatra"), ANNA: ("anna.example", None)})
    assert listed(desk, MemberQuery()) == [BOSS, ANNA, BEN, CLEO]
    assert listed(desk, MemberQuery(roles=frozenset({Role.ADMIN, Role.TRIAGE}))) == [BOSS, CLEO]
    assert listed(desk, MemberQuery(roles=frozenset())) == []
    assert listed(desk, MemberQuery(disabled=True)) == [BEN]
    assert listed(desk, MemberQuery(disabled=False)) == [BOSS, ANNA, CLEO]
    assert listed(desk, MemberQuery(text="KLÉO")) == [CLEO]
    assert listed(desk, MemberQuery(text="a.EXAMPLE")) == [ANNA]
    assert listed(desk, MemberQuery(text="plc:b")) == [BOSS, BEN]


def test_pages_of_members_join_without_gap_or_repetition_while_others_join_the_team(desk: Desk) -> None:
    dids = [Did(f"did:plc:m{number}") for number in range(7)]
    for did in dids[:5]:
        desk.team.add(did, Role.TRIAGE, BOSS)
    first = desk.team.list(MemberQuery(limit=3))
    desk.team.delete(dids[1], BOSS)
    for did in dids[5:]:
        desk.team.add(did, Role.TRIAGE, BOSS)
    second = desk.team.list(MemberQuery(limit=3, cursor=first.cursor))
    third = desk.team.list(MemberQuery(limit=3, cursor=second.cursor))
    assert [member.did for page in (first, second, third) for member in page.rows] == dids
    assert third.cursor is None
    with pytest.raises(Rejected, match="cursor"):
        desk.team.list(MemberQuery(cursor="yesterday"))


def test_each_change_of_the_team_is_in_the_audit_with_before_and_after(desk: Desk, database: Database) -> None:
    desk.team.add(ANNA, Role.TRIAGE, BOSS)
    desk.team.update(ANNA, BEN, role=Role.ADMIN)
    desk.team.delete(ANNA, BOSS)
    rows = audited(database)
    assert [(actor, action, target) for actor, action, target, _ in rows] == [
        (BOSS, "team.add", f"member:{ANNA}"),
        (BEN, "team.update", f"member:{ANNA}"),
        (BOSS, "team.delete", f"member:{ANNA}"),
    ]
    roles = [[side and side["role"] for side in (change["before"], change["after"])] for _, _, _, change in rows]
    assert roles == [[None, Role.TRIAGE], [Role.TRIAGE, Role.ADMIN], [Role.ADMIN, None]]
