"""Options belong to the instance or to one moderator; roles manage them; what moderation reads of them is sound."""

import msgspec
import pytest

from audit_trail import audited
from proposals import LABELER
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Broken, Rejected
from skywarden.kernel.ids import Did
from skywarden.model.team import Role
from skywarden.moderation.desk import Desk
from skywarden.moderation.desk.option_values import POLICIES, PROTECTED_TAGS, SEVERITY_LEVELS
from skywarden.moderation.desk.options import CACHE_S, Editor, NewOption, OptionQuery, Owner
from skywarden.storage import Database
from skywarden.storage.tables import SETTING_OPTION

INSTANCE = Owner("instance", LABELER)
ADMIN = Editor(Did("did:plc:admin"), Role.ADMIN)
MODERATOR = Editor(Did("did:plc:moderator"), Role.MODERATOR)
TRIAGE = Editor(Did("did:plc:triage"), Role.TRIAGE)
VERIFIER = Editor(Did("did:plc:verifier"), Role.VERIFIER)

KEY = "com.example.links"

WRONG_VALUES = [
    (PROTECTED_TAGS, "[]"),
    (PROTECTED_TAGS, '{"vip": null}'),
    (PROTECTED_TAGS, '{"vip": {}}'),
    (PROTECTED_TAGS, '{"vip": {"roles": []}}'),
    (PROTECTED_TAGS, '{"vip": {"moderators": []}}'),
    (PROTECTED_TAGS, '{"vip": {"roles": "tools.ozone.team.defs#roleAdmin"}}'),
    (PROTECTED_TAGS, '{"vip": {"roles": ["admin"]}}'),
    (POLICIES, '{"spam": {"name": "Spam"}}'),
    (POLICIES, '{"spam": {"name": "", "description": "x"}}'),
    (POLICIES, '{"spam": {"name": "S", "description": "x", "severityLevels": []}}'),
    (POLICIES, '{"spam": {"name": "S", "description": "x", "severityLevels": {"a": {"isDefault": "yes"}}}}'),
    (POLICIES, '{"spam": {"name": "S", "description": "x", "severityLevels": {"a": {"targetServices": [1]}}}}'),
    (
        POLICIES,
        '{"s": {"name": "S", "description": "x", '
        '"severityLevels": {"a": {"isDefault": true}, "b": {"isDefault": true}}}}',
    ),
    (SEVERITY_LEVELS, '{"sev-1": {"strikeCount": -1}}'),
    (SEVERITY_LEVELS, '{"sev-1": {"strikeCount": 1.5}}'),
    (SEVERITY_LEVELS, '{"sev-1": {"strikeOnOccurrence": 0}}'),
    (SEVERITY_LEVELS, '{"sev-1": {"needsTakedown": 1}}'),
    (SEVERITY_LEVELS, '{"sev-1": {"expiresInDays": -1}}'),
    (SEVERITY_LEVELS, '{"sev-1": {"firstOccurrenceStrikeCount": "2"}}'),
]


def put(desk: Desk, key: str, value: str, by: Editor = ADMIN, manager: Role | None = Role.ADMIN) -> None:
    desk.options.upsert(INSTANCE, NewOption(key, value, manager=manager), by)


def keys(desk: Desk, query: OptionQuery) -> list[str]:
    return [option.key for option in desk.options.list(query).rows]


def test_an_option_is_made_once_and_then_changed(desk: Desk, clock: ManualClock) -> None:
    made = desk.options.upsert(INSTANCE, NewOption(KEY, '{"a": 1}', "Links"), MODERATOR)
    clock.advance(1)
    changed = desk.options.upsert(INSTANCE, NewOption(KEY, '{"a": 2}'), TRIAGE)
    assert (changed.number, changed.created_by, changed.created_us) == (made.number, MODERATOR.did, made.created_us)
    assert (changed.last_updated_by, changed.updated_us) == (TRIAGE.did, clock.now_us())
    assert bytes(changed.value) == b'{"a": 2}'
    assert keys(desk, OptionQuery(INSTANCE)) == [KEY]


def test_personal_options_are_seen_by_their_owner_only(desk: Desk) -> None:
    for editor in (MODERATOR, TRIAGE):
        owner = desk.options.owner("personal", editor.did)
        desk.options.upsert(owner, NewOption(KEY, f'{{"of": "{editor.did}"}}'), editor)
    own = desk.options.owner("personal", MODERATOR.did)
    [option] = desk.options.list(OptionQuery(own)).rows
    assert msgspec.json.decode(option.value) == {"of": MODERATOR.did}
    desk.options.remove(own, [KEY], MODERATOR)
    assert keys(desk, OptionQuery(own)) == []
    assert keys(desk, OptionQuery(desk.options.owner("personal", TRIAGE.did))) == [KEY]
    assert keys(desk, OptionQuery(INSTANCE)) == []


@pytest.mark.parametrize(
    "manager, allowed",
    [
        (None, (ADMIN, MODERATOR, TRIAGE, VERIFIER)),
        (Role.TRIAGE, (ADMIN, MODERATOR, TRIAGE)),
        (Role.MODERATOR, (ADMIN, MODERATOR)),
        (Role.VERIFIER, (ADMIN, VERIFIER)),
        (Role.ADMIN, (ADMIN,)),
    ],
)
def test_an_option_is_changed_and_removed_by_those_who_cover_its_manager(
    desk: Desk, manager: Role | None, allowed: tuple[Editor, ...]
) -> None:
    for editor in (ADMIN, MODERATOR, TRIAGE, VERIFIER):
        desk.options.upsert(INSTANCE, NewOption(KEY, "{}", manager=manager), ADMIN)
        if editor in allowed:
            desk.options.upsert(INSTANCE, NewOption(KEY, '{"b": 1}', manager=manager), editor)
            desk.options.remove(INSTANCE, [KEY], editor)
            assert keys(desk, OptionQuery(INSTANCE)) == []
            continue
        with pytest.raises(Rejected, match="Forbidden"):
            desk.options.upsert(INSTANCE, NewOption(KEY, '{"b": 1}'), editor)
        with pytest.raises(Rejected, match="Forbidden"):
            desk.options.remove(INSTANCE, [KEY], editor)
        assert keys(desk, OptionQuery(INSTANCE)) == [KEY]


def test_nobody_makes_an_option_that_they_could_not_manage(desk: Desk) -> None:
    with pytest.raises(Rejected, match="Forbidden"):
        put(desk, KEY, "{}", MODERATOR, Role.ADMIN)
    with pytest.raises(Rejected, match="Forbidden"):
        put(desk, PROTECTED_TAGS, "{}", TRIAGE, Role.ADMIN)


def test_removing_is_all_or_nothing(desk: Desk) -> None:
    put(desk, "com.example.free", "{}", ADMIN, Role.TRIAGE)
    put(desk, "com.example.kept", "{}", ADMIN, Role.ADMIN)
    with pytest.raises(Rejected, match="Forbidden"):
        desk.options.remove(INSTANCE, ["com.example.free", "com.example.kept", "com.example.absent"], TRIAGE)
    assert keys(desk, OptionQuery(INSTANCE)) == ["com.example.kept", "com.example.free"]
    desk.options.remove(INSTANCE, ["com.example.free", "com.example.absent"], TRIAGE)
    assert keys(desk, OptionQuery(INSTANCE)) == ["com.example.kept"]


def test_options_are_found_by_key_and_exact_prefix_and_in_pages(desk: Desk) -> None:
    wanted = ["com.example.a", "com.example.A", "com.example.ab", "com-example.a"]
    for key in wanted:
        put(desk, key, "{}")
    assert keys(desk, OptionQuery(INSTANCE, prefix="com.example.a")) == ["com.example.ab", "com.example.a"]
    assert keys(desk, OptionQuery(INSTANCE, prefix="com.", keys=("com-example.a",))) == wanted[2::-1]
    assert keys(desk, OptionQuery(INSTANCE, keys=("com.example.A", "com.x"))) == ["com.example.A"]
    first = desk.options.list(OptionQuery(INSTANCE, limit=3))
    put(desk, "com.example.later", "{}")
    second = desk.options.list(OptionQuery(INSTANCE, limit=3, cursor=first.cursor))
    assert [option.key for option in (*first.rows, *second.rows)] == wanted[::-1]
    assert second.cursor is None


@pytest.mark.parametrize("key, value", WRONG_VALUES)
def test_a_known_option_takes_no_unsound_value(desk: Desk, key: str, value: str) -> None:
    with pytest.raises(Rejected, match="InvalidRequest"):
        put(desk, key, value)
    assert keys(desk, OptionQuery(INSTANCE)) == []


@pytest.mark.parametrize("key", [PROTECTED_TAGS, POLICIES, SEVERITY_LEVELS])
def test_a_known_option_is_for_admins_to_manage(desk: Desk, key: str) -> None:
    for manager in (None, Role.MODERATOR):
        with pytest.raises(Rejected, match="managerRole"):
            put(desk, key, "{}", ADMIN, manager)


def test_protected_tags_name_roles_and_moderators(desk: Desk, clock: ManualClock) -> None:
    assert desk.options.protected_tags() == {}
    put(
        desk,
        PROTECTED_TAGS,
        '{"vip": {"roles": ["tools.ozone.team.defs#roleAdmin"], "note": 1}, "own": {"moderators": ["did:plc:anna"]}}',
    )
    tags = desk.options.protected_tags()
    assert (tags["vip"].roles, tags["vip"].moderators) == ((Role.ADMIN,), None)
    assert (tags["own"].roles, tags["own"].moderators) == (None, ("did:plc:anna",))
    desk.options.remove(INSTANCE, [PROTECTED_TAGS], ADMIN)
    assert desk.options.protected_tags() == {}


def test_policies_and_severity_levels_are_read_as_the_reference_writes_them(desk: Desk) -> None:
    levels = '{"sev-1": {"strikeCount": 1, "strikeOnOccurrence": 2}, "sev-5": {"needsTakedown": true}, "sev-0": {}}'
    put(desk, SEVERITY_LEVELS, levels)
    used = '{"sev-1": {"description": "Minor", "isDefault": true, "targetServices": ["appview"]}}'
    put(desk, POLICIES, f'{{"spam": {{"name": "Spam", "description": "Too much", "severityLevels": {used}}}}}')
    found = desk.options.severity_levels()
    assert (found["sev-1"].strike_count, found["sev-1"].strike_on_occurrence) == (1, 2)
    assert (found["sev-5"].needs_takedown, found["sev-0"].strike_count) == (True, None)
    level = desk.options.policies()["spam"].severity_levels["sev-1"]
    assert (level.is_default, level.target_services) == (True, ("appview",))


def test_a_stored_value_that_cannot_be_read_stops_who_reads_it(
    desk: Desk, database: Database, clock: ManualClock
) -> None:
    put(desk, PROTECTED_TAGS, '{"vip": {"roles": ["tools.ozone.team.defs#roleAdmin"]}}')
    assert set(desk.options.protected_tags()) == {"vip"}
    with database.write("test") as tx:
        tx.execute(SETTING_OPTION.update().values(value_json='{"vip": 1}'))
    assert set(desk.options.protected_tags()) == {"vip"}
    clock.advance(CACHE_S)
    with pytest.raises(Broken, match="upsertOption"):
        desk.options.protected_tags()


def test_each_change_of_an_option_is_in_the_audit_with_before_and_after(desk: Desk, database: Database) -> None:
    put(desk, KEY, '{"a": 1}')
    put(desk, KEY, '{"a": 2}')
    desk.options.remove(INSTANCE, [KEY], ADMIN)
    rows = audited(database)
    assert [(action, target) for _, action, target, _ in rows] == [
        ("option.upsert", f"instance:{KEY}"),
        ("option.upsert", f"instance:{KEY}"),
        ("option.remove", f"instance:{KEY}"),
    ]
    values = [[side and side["value"] for side in (change["before"], change["after"])] for _, _, _, change in rows]
    assert values == [[None, {"a": 1}], [{"a": 1}, {"a": 2}], [{"a": 2}, None]]
