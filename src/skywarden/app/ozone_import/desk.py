"""Copy what a team keeps at hand: members, templates, sets, options, safe links, verifications."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import func, select, update

from skywarden.app.ozone_import.source import OzoneSource, Row
from skywarden.app.ozone_import.target import Target, raise_counter
from skywarden.app.ozone_import.values import micros, needed_micros, role_name
from skywarden.moderation.set_entries import value_key
from skywarden.storage.tables import (
    SAFELINK_EVENT,
    SAFELINK_RULE,
    SETTING_OPTION,
    TEAM_MEMBER,
    TEMPLATE,
    VALUE_SET,
    VALUE_SET_ENTRY,
    VERIFICATION,
)

Columns = dict[str, object]


def copy_desk(source: OzoneSource, target: Target) -> None:
    """Copy the small tables, each in one transaction; what is there already stays."""
    with target.db.write("import.desk") as tx:
        target.add(tx, TEAM_MEMBER, [_member(row) for row in source.all_rows("member")])
        target.add(tx, TEMPLATE, [_template(row) for row in source.all_rows("communication_template")])
        target.add(tx, SETTING_OPTION, [_option(row) for row in source.all_rows("setting")])
        target.add(tx, VERIFICATION, [_verification(row) for row in source.all_rows("verification")])
        target.add(tx, VALUE_SET, [_set(row) for row in source.all_rows("set_detail")])


def copy_set_values(source: OzoneSource, target: Target) -> Iterable[int]:
    """Copy the values of the sets; gives how many rows each page had."""
    names = {row["id"]: row["name"] for row in source.all_rows("set_detail")}
    for rows in source.pages("set_value", target.reached("set_value")):
        with target.db.write("import.set_value") as tx:
            ids = {row.name: row.id for row in tx.execute(select(VALUE_SET.c.id, VALUE_SET.c.name))}
            target.add(tx, VALUE_SET_ENTRY, [_value(row, ids[names[row["setId"]]]) for row in rows])
            target.mark(tx, "set_value", rows[-1]["id"])
        yield len(rows)
    _count_values(target)


def copy_safelinks(source: OzoneSource, target: Target) -> Iterable[int]:
    """Copy the events, then the rules that they made; gives how many rows each page had."""
    last = source.last_id("safelink_event")
    for rows in source.pages("safelink_event", target.reached("safelink_event")):
        with target.db.write("import.safelink_event") as tx:
            target.add(tx, SAFELINK_EVENT, [_safelink_event(row) for row in rows])
            target.mark(tx, "safelink_event", rows[-1]["id"])
        yield len(rows)
    for rows in source.pages("safelink_rule", target.reached("safelink_rule")):
        with target.db.write("import.safelink_rule") as tx:
            # A rule has the id of the event that added it with us; those of an Ozone come after all its events.
            target.add(tx, SAFELINK_RULE, [_safelink_rule(row, last + row["id"]) for row in rows])
            raise_counter(target.db, tx, "safelink_event", last + rows[-1]["id"])
            target.mark(tx, "safelink_rule", rows[-1]["id"])
        yield len(rows)


def _member(row: Row) -> Columns:
    return {
        "did": row["did"],
        "role": role_name(row["role"]),
        "disabled": bool(row["disabled"]),
        "handle": row.get("handle"),
        "display_name": row.get("displayName"),
        "last_updated_by": row["lastUpdatedBy"],
        "created_us": micros(row["createdAt"]),
        "updated_us": micros(row["updatedAt"]),
    }


def _template(row: Row) -> Columns:
    return {
        "name": row["name"],
        "subject": row["subject"],
        "content": row["contentMarkdown"],
        "lang": row.get("lang"),
        "disabled": bool(row["disabled"]),
        "last_updated_by": row["lastUpdatedBy"],
        "created_us": micros(row["createdAt"]),
        "updated_us": micros(row["updatedAt"]),
    }


def _option(row: Row) -> Columns:
    return {
        "scope": row["scope"],
        "did": row["did"],
        "key": row["key"],
        "value_json": msgspec.json.encode(row["value"]).decode(),
        "description": row["description"],
        "manager_role": role_name(row["managerRole"]),
        "created_by": row["createdBy"],
        "last_updated_by": row["lastUpdatedBy"],
        "created_us": micros(row["createdAt"]),
        "updated_us": micros(row["updatedAt"]),
    }


def _verification(row: Row) -> Columns:
    return {
        "uri": row["uri"],
        "cid": row["cid"],
        "issuer": row["issuer"],
        "subject": row["subject"],
        "handle": row["handle"],
        "display_name": row["displayName"],
        "created_at": row["createdAt"],
        "created_us": micros(row["createdAt"]),
        "revoke_reason": row["revokeReason"],
        "revoked_us": micros(row["revokedAt"]),
        "revoked_by": row["revokedBy"],
        "updated_us": micros(row["updatedAt"]),
    }


def _set(row: Row) -> Columns:
    return {
        "name": row["name"],
        "description": row["description"],
        "size": 0,
        "created_us": micros(row["createdAt"]),
        "updated_us": micros(row["updatedAt"]),
    }


def _value(row: Row, set_id: int) -> Columns:
    return {
        "set_id": set_id,
        "value_key": value_key(row["value"]),
        "value": row["value"],
        "decision_id": None,
        "added_us": micros(row["createdAt"]),
    }


def _safelink(row: Row) -> Columns:
    return {
        "url_key": value_key(row["url"]),
        "url": row["url"],
        "pattern": row["pattern"],
        "action": row["action"],
        "reason": row["reason"],
        "comment": row["comment"],
        "created_by": row["createdBy"],
        "created_us": needed_micros(row["createdAt"], f"safelink {row['id']}"),
    }


def _safelink_event(row: Row) -> Columns:
    return {**_safelink(row), "id": row["id"], "event_type": row["eventType"]}


def _safelink_rule(row: Row, number: int) -> Columns:
    return {**_safelink(row), "id": number, "updated_us": micros(row["updatedAt"])}


def _count_values(target: Target) -> None:
    entries = select(func.count()).where(VALUE_SET_ENTRY.c.set_id == VALUE_SET.c.id).scalar_subquery()
    with target.db.write("import.set_sizes") as tx:
        tx.execute(update(VALUE_SET).values(size=entries))
