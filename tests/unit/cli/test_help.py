"""Every command says what it does and every parameter what it is for."""

from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from skywarden.cli.main import app


def commands(path: tuple[str, ...], command: object) -> Iterator[tuple[tuple[str, ...], object]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands((*path, name), child)


ALL = list(commands((), typer.main.get_command(app)))


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "skywarden" for path, _ in ALL])
def test_help_is_complete(path: tuple[str, ...], command: object) -> None:
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    assert getattr(command, "help", None)
    for parameter in getattr(command, "params", []):
        assert getattr(parameter, "help", None), f"{' '.join(path)}: {parameter.name} has no help"
