"""Turn the tables in the code into the pages of docs/reference; a test fails when they differ."""

from collections.abc import Callable, Iterator
from pathlib import Path

import typer

_MADE = "<!-- Made by `skywarden docs`; change the code, not this page. -->\n"


def register(app: typer.Typer) -> None:
    @app.command("docs", hidden=True)
    def docs(out: Path = typer.Option(Path("docs/reference"), help="Folder of the reference pages.")) -> None:
        """Write the generated reference pages."""
        out.mkdir(parents=True, exist_ok=True)
        for name, make in pages(app).items():
            (out / name).write_text(make(), encoding="utf-8")
            typer.echo(f"wrote {out / name}")


def pages(app: typer.Typer) -> dict[str, Callable[[], str]]:
    """Name each page and how it is made."""
    return {
        "settings.md": settings_page,
        "metrics.md": metrics_page,
        "commands.md": lambda: commands_page(app),
        "language.md": language_page,
        "rules.md": default_rules_page,
        "api.md": methods_page,
        "detection-jobs.md": detection_jobs_page,
    }


def methods_page() -> str:
    from skywarden.api import reference

    return reference.api_page(_MADE)


def detection_jobs_page() -> str:
    from skywarden.warehouse.jobs.reference import jobs_page

    return jobs_page(_MADE)


def language_page() -> str:
    from skywarden.rules.reference import page

    return page.language_page()


def default_rules_page() -> str:
    from skywarden.rules.reference.rules_page import rules_page
    from skywarden.rulesets import BLUESKY

    return rules_page(BLUESKY, "The default rules")


def settings_page() -> str:
    from skywarden.settings import describe_settings

    lines = [
        "# Settings\n",
        _MADE,
        "Later sources win: defaults, the reference Ozone service's variables, the TOML file of `--config`, the "
        "environment, command-line options. Lists are written with commas in the environment. Those in the last column "
        "may stay as they are when Skywarden takes an Ozone's place.\n",
        "| TOML | environment | type | default | meaning | Ozone's variable |",
        "|---|---|---|---|---|---|",
    ]
    for item in describe_settings():
        name = f"{item.section}.{item.name}".strip(".")
        kind = item.type.replace("|", "\\|")
        ozone = f"`{item.ozone}`" if item.ozone else ""
        lines.append(f"| `{name}` | `{item.variable}` | {kind} | `{item.default!r}` | {item.doc} | {ozone} |")
    return "\n".join(lines) + "\n"


def metrics_page() -> str:
    from skywarden.observe.catalog import all_log_events, all_metrics

    lines = ["# Metrics and log events\n", _MADE, "## Metrics, at `/metrics`\n"]
    lines += ["| name | kind | labels | meaning |", "|---|---|---|---|"]
    for metric in all_metrics():
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.doc} |")
    lines += ["\n## Log events, the `event` of a JSON line on stderr\n", "| event | meaning |", "|---|---|"]
    lines += [f"| `{event.name}` | {event.doc} |" for event in all_log_events()]
    return "\n".join(lines) + "\n"


def commands_page(app: typer.Typer) -> str:
    root = typer.main.get_command(app)
    lines = ["# Commands\n", _MADE]
    for path, command in _walk("skywarden", root):
        lines.append(f"## `{path}`\n\n{(command.help or '').strip()}\n")
        rows = [_parameter(parameter) for parameter in command.params if not getattr(parameter, "hidden", False)]
        if rows:
            lines += ["| parameter | meaning |", "|---|---|", *rows, ""]
    return "\n".join(lines).rstrip() + "\n"


def _walk(path: str, command: object) -> Iterator[tuple[str, "typer.core.TyperCommand"]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command  # type: ignore[misc]  # typer's classes have no common public type
        return
    for name, child in children.items():
        if not child.hidden:
            yield from _walk(f"{path} {name}", child)


def _parameter(parameter: object) -> str:
    names = ", ".join(f"`{name}`" for name in getattr(parameter, "opts", []))
    if getattr(parameter, "param_type_name", "") == "argument":
        names = f"`{str(getattr(parameter, 'name', '')).upper()}`"
    text = (getattr(parameter, "help", "") or "").replace("|", "\\|").replace("\n", " ")
    return f"| {names} | {text} |"
