"""`skywarden ingest`: take events in from one source, into the log or onto the screen."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

_SOURCE = typer.Argument(help="frames:PATH, jsonl:PATH (plain, .gz or .zst) or car:PATH.", show_default=False)
_DATA = typer.Option(help="Data folder whose log the events are appended to.")
_PRINT = typer.Option("--print", help="Write events to stdout.")
_VERIFY = typer.Option(help="Which commits have their signature and proof checked.")
_DID_DOCS = typer.Option(help="JSON file of DID documents by DID; without it DIDs are resolved over the network.")
_KERNELS = typer.Option(help="Decode frames in compiled code: pays from some 100,000 frames on; only unverified.")
_PLC = typer.Option(help="PLC directory.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest")(ingest)


def ingest(
    source: Annotated[str, _SOURCE],
    data: Annotated[Path | None, _DATA] = None,
    output: Annotated[Literal["jetstream", "table", "none"], _PRINT] = "none",
    verify: Annotated[Literal["full", "sampled", "off"], _VERIFY] = "off",
    did_docs: Annotated[Path | None, _DID_DOCS] = None,
    plc: Annotated[str, _PLC] = "https://plc.directory",
    kernels: Annotated[bool, _KERNELS] = False,
) -> None:
    """Take in events; the last line on stderr is a JSON summary."""
    # Imported here: these modules are slow to load and --help does not need them.
    import msgspec

    from skywarden.app.ingest_run import IngestRequest, run_ingest
    from skywarden.cli.event_output import IngestScreen, Output
    from skywarden.ingest.verify import VerifyMode

    request = IngestRequest(source, VerifyMode(verify), did_docs, plc, data, kernels)
    with IngestScreen(Output(output)) as screen:
        summary = asyncio.run(run_ingest(request, screen.show))
    sys.stdout.flush()
    typer.echo(msgspec.json.encode(summary).decode(), err=True)
