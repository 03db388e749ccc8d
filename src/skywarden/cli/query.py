"""`skywarden query`: ask history in the language of rules or in SQL; see all about an account; go on from it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from skywarden.cli.query_options import (
    AGAINST,
    CONFIG,
    CURSOR,
    DATA,
    DATABASE,
    EXPRESSION,
    FORMAT,
    GROUP,
    HISTOGRAM,
    LIMIT,
    ON,
    OUT,
    SHOW,
    SINCE,
    SQL,
    TOP,
    UNTIL,
    Style,
    asking,
)
from skywarden.cli.query_saved import register_saved

_HELP = """Ask history: in the language of rules, in SQL, or by naming an account, a domain, a picture, a text.

`query 'EXPRESSION'` is short for `query find 'EXPRESSION'`. An expression is what a rule returns; everything that
rules can say, queries can, also what counts:

  skywarden query 'contains(post.text, "gold")' --on post.created --since 1d

  skywarden query 'author.age < 1 * days' --on post.created --group post.domains --against previous

  skywarden query 'count(by=author.did, over=1 * hour) >= 30' --on reply.created --histogram 1h

  skywarden query --sql 'SELECT did, count(*) FROM event GROUP BY did ORDER BY 2 DESC LIMIT 10'

  skywarden query timeline @alice.example.com

  skywarden query pivot shop.example accounts

Times count back from the last event that is held. It may run beside the platform.
"""
_FIND_HELP = """Find the events where EXPRESSION is true, count them by something, or show them over time.

Without --group and --histogram the newest events are shown. --on says which events an expression is about
(post.created, like.created, profile.changed...; several times for several); without it: any event. The names, functions
and kinds of events are in docs/reference/language.md. Nothing is executed but the checked expression, by the engine
that runs the rules; counting functions have seen what came before --since.

A mistake is underlined, with a suggestion:

  query:1:1: unknown name author.agee [name]
      1 | author.agee < 1 * days
        | ^^^^^^^^^^^
        = did you mean author.age?
"""
_ENTITY = typer.Argument(help="did:..., @handle, at://DID/COLLECTION/RKEY, domain, CID of a picture, #tag, text:WORDS.")
_RELATION = typer.Argument(help="The way to go; without it the ways are listed, with counts.")


class _QueryGroup(typer.core.TyperGroup):
    """`query EXPRESSION` is `query find EXPRESSION`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # the context's class is not public
        if args and args[0] not in (*self.commands, "--help"):
            args = ["find", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=_QueryGroup, help=_HELP, no_args_is_help=True, rich_markup_mode=None)
    group.command("find", help=_FIND_HELP)(find)
    group.command("timeline")(timeline)
    group.command("pivot")(pivot)
    register_saved(group)
    app.add_typer(group, name="query")


def find(
    expression: Annotated[str, EXPRESSION] = "",
    on: Annotated[list[str] | None, ON] = None,
    since: Annotated[str, SINCE] = "1d",
    until: Annotated[str | None, UNTIL] = None,
    group: Annotated[list[str] | None, GROUP] = None,
    top: Annotated[int, TOP] = 20,
    against: Annotated[str, AGAINST] = "",
    histogram: Annotated[str, HISTOGRAM] = "",
    show: Annotated[list[str] | None, SHOW] = None,
    sql: Annotated[str, SQL] = "",
    limit: Annotated[int, LIMIT] = 50,
    cursor: Annotated[str | None, CURSOR] = None,
    style: Annotated[Style, FORMAT] = "table",
    out: Annotated[Path | None, OUT] = None,
    data: Annotated[str | None, DATA] = None,
    config: Annotated[Path | None, CONFIG] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    from skywarden.model.investigation import FindRequest

    request = FindRequest(
        condition=expression,
        on=tuple(on or ()),
        since=since,
        until=until or "",
        group=tuple(group or ()),
        top=top,
        against=against,
        histogram=histogram,
        show=tuple(show or ()),
        sql=sql,
        limit=limit,
        cursor=cursor or "",
    )
    with asking(data, config, database, style, out) as ask:
        ask.find(request)


def timeline(
    entity: Annotated[str, _ENTITY],
    since: Annotated[str, SINCE] = "30d",
    until: Annotated[str | None, UNTIL] = None,
    limit: Annotated[int, LIMIT] = 50,
    cursor: Annotated[str | None, CURSOR] = None,
    style: Annotated[Style, FORMAT] = "table",
    out: Annotated[Path | None, OUT] = None,
    data: Annotated[str | None, DATA] = None,
    config: Annotated[Path | None, CONFIG] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Show everything about an account, record, domain, picture, hashtag or text in one order, newest first.

    Events, rules' hits, decisions, labels and reports. `text:WORDS` takes every near copy of the words.
    """
    with asking(data, config, database, style, out) as ask:
        ask.timeline(entity, since, until or "", limit, cursor)


def pivot(
    entity: Annotated[str, _ENTITY],
    relation: Annotated[str, _RELATION] = "",
    since: Annotated[str, SINCE] = "7d",
    until: Annotated[str | None, UNTIL] = None,
    limit: Annotated[int, LIMIT] = 50,
    style: Annotated[Style, FORMAT] = "table",
    out: Annotated[Path | None, OUT] = None,
    data: Annotated[str | None, DATA] = None,
    config: Annotated[Path | None, CONFIG] = None,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Go from a thing to the things around it: domains of an account, accounts that post a picture, copies of a text.

    Without RELATION: how many there are by each way. With it: those of that way, as one may name them again here.
    """
    with asking(data, config, database, style, out) as ask:
        ask.pivot(entity, relation, since, until or "", limit)
