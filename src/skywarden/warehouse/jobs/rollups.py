"""A day of events, hits, effects and labels to counts: one row an account, domain, PDS host, rule and label value."""

from collections.abc import Callable

import pyarrow as pa

from skywarden.warehouse.jobs.compute import span
from skywarden.warehouse.jobs.contract import Ask, Input, Made, Output, WarehouseJob
from skywarden.warehouse.jobs.windows import Grain, Window

_DAY = "time_us >= $start_us AND time_us < $stop_us"
_text, _number = pa.string(), pa.int64()

_ACCOUNT = (
    "SELECT did, count(*) AS events, count(*) FILTER (part = 'post') AS posts,"
    " count(*) FILTER (part = 'post' AND reply_parent_uri IS NOT NULL) AS replies,"
    " count(*) FILTER (part = 'like') AS likes, count(*) FILTER (part = 'repost') AS reposts,"
    " count(*) FILTER (part = 'follow') AS follows, count(*) FILTER (part = 'deleted') AS deletions,"
    " coalesce(sum(len(links)), 0)::BIGINT AS links, coalesce(sum(len(mentions)), 0)::BIGINT AS mentions"
    f" FROM event WHERE kind < 4 AND {_DAY} GROUP BY did ORDER BY did"
)
_DOMAIN = (
    "SELECT domain, count(*) AS posts, count(DISTINCT did) AS accounts FROM (SELECT did, unnest(domains) AS domain"
    f" FROM event WHERE part = 'post' AND {_DAY} AND domains IS NOT NULL) GROUP BY domain ORDER BY domain"
)
_HOST = (
    "SELECT author_pds_host AS host, count(*) AS events, count(DISTINCT did) AS accounts, count(DISTINCT did)"
    " FILTER (author_created_us >= $start_us AND author_created_us < $stop_us) AS new_accounts"
    f" FROM event WHERE kind < 4 AND {_DAY} AND author_pds_host IS NOT NULL GROUP BY host ORDER BY host"
)
_RULE = (
    "WITH hits AS (SELECT rule, version, count(*) FILTER (NOT coalesce(is_shadow, false)) AS hits,"
    " count(*) FILTER (is_shadow) AS shadow_hits, count(DISTINCT did) AS accounts"
    f" FROM hit WHERE {_DAY} GROUP BY rule, version),"
    f" effects AS (SELECT rule, version, count(*) AS effects FROM effect WHERE {_DAY} GROUP BY rule, version)"
    " SELECT rule, version, coalesce(hits, 0) AS hits, coalesce(shadow_hits, 0) AS shadow_hits,"
    " coalesce(accounts, 0) AS accounts, coalesce(effects, 0) AS effects"
    " FROM hits FULL JOIN effects USING (rule, version) ORDER BY rule, version"
)
_LABEL = (
    "SELECT val AS label, src AS labeler, count(*) FILTER (NOT coalesce(neg, false)) AS labels,"
    " count(*) FILTER (neg) AS negations, count(DISTINCT uri) AS subjects FROM label"
    " WHERE created_us >= $start_us AND created_us < $stop_us GROUP BY val, src ORDER BY val, src"
)


def _rollup(
    what: str, about: str, sql: str, reads: tuple[Input, ...], texts: tuple[str, ...], *numbers: str
) -> WarehouseJob:
    columns = (*(pa.field(name, _text) for name in texts), *(pa.field(name, _number) for name in numbers))
    table = f"rollup_{what}"
    return WarehouseJob(
        name=f"rollup-{what}",
        does=f"counts each day by {what}",
        grain=Grain.DAY,
        reads=reads,
        writes=(Output(table, columns, about),),
        compute=_computing(table, sql),
        parameters=sql,
    )


def _computing(table: str, sql: str) -> Callable[[Ask, Window], Made]:
    def compute(ask: Ask, window: Window) -> Made:
        return {table: ask(sql, span(window))}

    return compute


ROLLUPS: tuple[WarehouseJob, ...] = (
    _rollup(
        "account",
        "What an account did in a day.",
        _ACCOUNT,
        (Input("event", ("time_us", "did", "kind", "part", "reply_parent_uri", "links", "mentions")),),
        ("did",),
        *("events", "posts", "replies", "likes", "reposts", "follows", "deletions", "links", "mentions"),
    ),
    _rollup(
        "domain",
        "How many posts linked to a domain in a day, and how many accounts made them.",
        _DOMAIN,
        (Input("event", ("time_us", "did", "part", "domains")),),
        ("domain",),
        *("posts", "accounts"),
    ),
    _rollup(
        "host",
        "What the accounts of a PDS host did in a day, and how many of them were new.",
        _HOST,
        (Input("event", ("time_us", "did", "kind", "author_pds_host", "author_created_us")),),
        ("host",),
        *("events", "accounts", "new_accounts"),
    ),
    _rollup(
        "rule",
        "How often a rule version was true in a day, and what it proposed.",
        _RULE,
        (
            Input("hit", ("time_us", "rule", "version", "did", "is_shadow")),
            Input("effect", ("time_us", "rule", "version")),
        ),
        ("rule", "version"),
        *("hits", "shadow_hits", "accounts", "effects"),
    ),
    _rollup(
        "label",
        "How often a label was set and negated in a day, and on how many subjects.",
        _LABEL,
        (Input("label", ("created_us", "val", "src", "uri", "neg")),),
        ("label", "labeler"),
        *("labels", "negations", "subjects"),
    ),
)
