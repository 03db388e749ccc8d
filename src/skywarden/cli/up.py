"""`skywarden up`: the whole platform in one process tree."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # --help must not import the platform
    from skywarden.app.server import Started

_CONFIG = typer.Option(help="TOML file with settings; docs/reference/settings.md lists them all.")
_DATA = typer.Option(help="Folder for everything that is stored [default: .data].")
_SOURCE = typer.Option(
    help="simulator, wss://RELAY, jetstream+wss://HOST, jetstream2+wss://HOST, frames:PATH, jsonl:PATH or car:PATH "
    "[default: simulator]."
)
_VERIFY = typer.Option(help="Check signatures and proofs of commits: full, sampled or off [default: off].")
_RULES = typer.Option(help="Folder of rule files [default: the shipped rule set].")
_PARAMETERS = typer.Option(help="TOML file that tunes the rules' parameters; see: skywarden rules parameters.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("up")(up)


def up(
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    source: Annotated[str | None, _SOURCE] = None,
    start: Annotated[str | None, typer.Option(help="First connection: oldest or live [default: live].")] = None,
    verify: Annotated[str | None, _VERIFY] = None,
    rules: Annotated[str | None, _RULES] = None,
    parameters: Annotated[str | None, _PARAMETERS] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one [default: 8420].")] = None,
    public_url: Annotated[str | None, typer.Option(help="URL under which others reach this server.")] = None,
    labeler_did: Annotated[str | None, typer.Option(help="DID that signs [default: did:web of the URL].")] = None,
    plc_url: Annotated[str | None, typer.Option(help="PLC directory.")] = None,
    appview_url: Annotated[str | None, typer.Option(help="AppView that is asked for profiles.")] = None,
    allow_loopback: Annotated[bool | None, typer.Option(help="Let look-ups reach loopback (development).")] = None,
    rate: Annotated[float | None, typer.Option(help="Simulated events a second [default: 50].")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the simulated network [default: 1].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say where it is as one JSON line on stdout.")] = False,
) -> None:
    """Start everything: intake, rules, moderation, labels, API and console.

    Stop it with Ctrl-C or SIGTERM; started again on the same data folder it goes on where it was. Without --source it
    runs on a simulated network with people and abusers of its own, so that there is something to see.
    """
    from skywarden import features
    from skywarden.app.up import run_platform
    from skywarden.engine import program
    from skywarden.kernel.compiled import is_cold
    from skywarden.observe.logs import configure_logs
    from skywarden.settings import load_settings

    settings = load_settings(
        config,
        os.environ,
        {
            "data": data,
            "source.url": source,
            "source.start": start,
            "source.verify": verify,
            "rules.path": rules,
            "rules.parameters": parameters,
            "server.host": host,
            "server.port": port,
            "server.public_url": public_url,
            "labeler.did": labeler_did,
            "network.plc_url": plc_url,
            "network.appview_url": appview_url,
            "network.allow_loopback": allow_loopback,
            "simulator.rate": rate,
            "simulator.seed": seed,
        },
    )
    configure_logs()
    if any(is_cold(Path(package.__path__[0])) for package in (features, program)):
        typer.echo("Compiling the engine's kernels, once for this machine: about half a minute.", err=True)
        typer.echo("`skywarden kernels` does it ahead and shows how far it is.", err=True)

    def announce(started: "Started") -> None:
        if as_json:
            facts = {"url": started.url, "did": started.did, "sign_in": started.sign_in, "pid": os.getpid()}
            typer.echo(json.dumps({"ready": True, **facts}))
            return
        typer.echo(f"Console  {started.url}/")
        if started.sign_in:
            typer.echo(f"Sign in  {started.sign_in}")
        else:
            typer.echo("Sign in  at the console, or by a link from: skywarden team link")
        typer.echo(f"Labels   {started.url}/xrpc/com.atproto.label.queryLabels?uriPatterns=*")
        typer.echo(f"Labeler  {started.did}")
        typer.echo(f"Source   {settings.source.url}")
        typer.echo(f"Data     {Path(settings.data).resolve()}")
        typer.echo("Ctrl-C stops it.")

    run_platform(settings, announce)
