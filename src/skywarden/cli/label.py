"""`skywarden label`: check labels against a key, list those that were published."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from skywarden.cli.label_keys import restart_above, rotate_key
from skywarden.cli.label_setup import setup
from skywarden.kernel.errors import Rejected

_INVALID = 1

label_app = typer.Typer(help="Check and list labels, set up the labeler, change its key.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    label_app.command("setup")(setup)
    label_app.command("rotate-key")(rotate_key)
    label_app.command("restart-above")(restart_above)
    app.add_typer(label_app, name="label")


@label_app.command()
def verify(
    file: Annotated[str, typer.Argument(help="JSON of a label, a list of labels or a file of vectors; - for stdin.")],
    key: Annotated[str, typer.Option(help="did:key:... of the labeler; a vectors file names its own.")] = "",
) -> None:
    """Check label signatures: exit code 0 when every one is valid, 1 when one is not, with what is wrong with it."""
    from skywarden.atproto.keys import PublicKey
    from skywarden.labels.wire import verify_label_json

    wrong = 0
    for number, (value, label_key) in enumerate(_labels(_read(file), key), 1):
        public = PublicKey.from_did_key(label_key)
        try:
            label = verify_label_json(value, public)
        except Rejected as error:
            wrong += 1
            typer.echo(f"label {number} is not valid: {error}", err=True)
        else:
            typer.echo(f"label {number} is valid: {label.val} on {label.uri} by {label.src}")
    if wrong:
        raise typer.Exit(_INVALID)


@label_app.command(name="list")
def list_labels(
    data: Annotated[Path, typer.Option(help="The platform's data folder.")],
    uri: Annotated[list[str] | None, typer.Option(help="Only this URI; a * at its end makes a prefix.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many labels.")] = 50,
) -> None:
    """Print labels that hold now, one JSON object a line, in the order of their numbers."""
    from skywarden.kernel.clock import SystemClock
    from skywarden.labels.query import LabelQuery, select_labels
    from skywarden.labels.rows import numbered_label
    from skywarden.labels.wire import label_json
    from skywarden.storage import open_database

    path = data / "moderation.db"
    if not path.exists():
        raise Rejected("no_data", place=str(path), expected="the database of a platform that ran here")
    db = open_database(f"sqlite:///{path}")
    with db.read() as tx:
        query = LabelQuery(tuple(uri or ["*"]), limit=limit)
        for row in tx.execute(select_labels(query, SystemClock().now_us())).fetchmany(limit):
            numbered = numbered_label(row)
            typer.echo(json.dumps({"seq": numbered.seq, **label_json(numbered.label)}))
    db.close()


def _read(file: str) -> object:
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return msgspec.json.decode(text)
    except (OSError, ValueError, RecursionError) as error:
        raise Rejected("label_file", place=file, expected="a JSON file", found=str(error)) from error


def _labels(content: Any, key: str) -> list[tuple[object, str]]:
    """Find the labels in one object, a list, queryLabels output or a file of vectors, each with its key."""
    if isinstance(content, dict) and isinstance(content.get("vectors"), list):
        return [(vector["label"], key or str(vector["key"])) for vector in content["vectors"]]
    if not key:
        raise Rejected("label_key", expected="--key did:key:...", hint="it is #atproto_label in the DID document")
    if isinstance(content, dict) and isinstance(content.get("labels"), list):
        content = content["labels"]
    return [(label, key) for label in (content if isinstance(content, list) else [content])]
