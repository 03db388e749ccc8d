"""`skywarden label rotate-key` and `restart-above`: what an operator does once in years, and wants to do right."""

import os
from pathlib import Path
from typing import Annotated

import typer

_CONFIG = typer.Option(help="TOML file with settings.")
_DATA = typer.Option(help="The data folder [default: .data].")


def rotate_key(
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make a new signing key, keep the old one beside it, and say what is left to do.

    Labels of the old key need nothing: they are signed again, with the same number and time, as they are read.
    """
    from skywarden.app.backend import label_key_file
    from skywarden.app.data_folder import DataFolder
    from skywarden.kernel.errors import Rejected
    from skywarden.labels.key_file import load_or_make_label_key, replace_label_key
    from skywarden.settings import load_settings

    settings = load_settings(config, os.environ, {"data": data})
    if settings.labeler.key_hex:
        raise Rejected("label_key", place="labeler.key_hex", expected="a key file", hint="put a new key there yourself")
    path = label_key_file(settings, DataFolder(Path(settings.data)))
    if not path.exists():
        raise Rejected(
            "label_key", place=str(path), expected="a key to replace", hint="`skywarden label setup` makes one"
        )
    typer.echo(f"{path} has {load_or_make_label_key(path).did_key}.", err=True)
    typer.echo("Until the steps below are done, others cannot verify what is signed.", err=True)
    if not yes:
        typer.confirm("Replace it by a new one?", abort=True, err=True)
    new, kept = replace_label_key(path)
    typer.echo(f"The new key is {new.did_key}; the old one is kept in {kept}.")
    typer.echo("1. skywarden label setup     has the DID document name the new key (a did:web does so by itself)")
    typer.echo("2. restart every process     it signs, and signs again what is read, with the new key")
    typer.echo(f"3. when all is well          destroy {kept}")


def restart_above(
    seq: Annotated[int, typer.Argument(help="Number well above the last one that any subscriber has seen.", min=1)],
    config: Annotated[Path | None, _CONFIG] = None,
    data: Annotated[str | None, _DATA] = None,
) -> None:
    """Number labels on from above SEQ, after the database was lost or restored from a backup.

    Subscribers keep their place by number: numbers that they have seen must not come again with other labels.
    Running processes take it up by themselves.
    """
    from skywarden.app.stored import open_stored
    from skywarden.labels.publish import raise_seq
    from skywarden.settings import load_settings

    with open_stored(load_settings(config, os.environ, {"data": data})) as db:
        latest = raise_seq(db, seq)
    typer.echo(f"The next label has number {latest + 1}; a cursor below {seq} is told that it is outdated.")
