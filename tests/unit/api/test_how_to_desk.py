"""The commands of the guides to the team and to links do what the guides say."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api_server import ApiServer, admin_password
from sdk_answers import read_answer
from skywarden.cli.main import app
from skywarden.settings import load_settings
from skywarden.storage import migrate, open_database

GUIDES = Path(__file__).parents[3] / "docs" / "how-to"
CALL = re.compile(r"/xrpc/(?P<nsid>[\w.]+).*?-d '(?P<body>.*?)'", re.DOTALL)


def shown(guide: str, language: str) -> list[str]:
    text = (GUIDES / guide).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands() -> list[list[str]]:
    lines = [
        line.partition("#")[0].split() for block in shown("team-and-roles.md", "sh") for line in block.splitlines()
    ]
    return [words[1:] for words in lines if words[:1] == ["skywarden"]]


@pytest.mark.parametrize("guide", ["team-and-roles.md", "safelinks.md"])
async def test_every_call_of_a_guide_is_answered(api: ApiServer, guide: str) -> None:
    calls = [match for block in shown(guide, "sh") for match in CALL.finditer(block)]
    assert calls
    for call in calls:
        headers = {"content-type": "application/json", **admin_password()}
        answer = await api.http.post(f"/xrpc/{call['nsid']}", content=call["body"], headers=headers)
        read_answer(call["nsid"], answer)


def test_every_command_of_the_guide_to_the_team_runs(tmp_path: Path) -> None:
    db = open_database(f"sqlite:///{tmp_path / 'moderation.db'}")
    migrate(db)
    db.close()
    assert len(commands()) == 6
    for words in commands():
        result = CliRunner().invoke(app, [str(tmp_path) if word == ".data" else word for word in words])
        assert (words, result.exit_code) == (words, 0)


def test_the_settings_of_the_guide_to_the_team_are_settings(tmp_path: Path) -> None:
    [text] = shown("team-and-roles.md", "toml")
    file = tmp_path / "skywarden.toml"
    file.write_text(text, encoding="utf-8")
    assert load_settings(file, {}).api.admins == ("did:plc:ewvi7nxzyoun6zhxrhs64oiz",)
