"""Turn a TOML file, the environment and command-line overrides into Settings."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from skywarden.kernel.errors import Rejected
from skywarden.settings.schema import SettingDoc, Settings, describe_settings

Tree = dict[str, Any]


def load_settings(
    file: Path | None, environment: Mapping[str, str], overrides: Mapping[str, object] | None = None
) -> Settings:
    """Read settings; later sources win: defaults, the reference service's variables, file, environment, overrides.

    Overrides are "section.name": value. Empty variables of the reference service count as absent, as they do there.
    Raises: Rejected, naming the file or variable, what was expected and what was found.
    """
    tree = _read_file(file) if file else {}
    _check_names(tree, str(file))
    for setting in describe_settings():
        if (value := environment.get(setting.variable)) is not None:
            _put(tree, setting.section, setting.name, _parted(setting, value))
        elif setting.ozone and (value := environment.get(setting.ozone)):
            _put_absent(tree, setting, _scaled(setting, value))
    for name, override in (overrides or {}).items():
        if override is not None:
            section, _, leaf = name.rpartition(".")
            _put(tree, section, leaf, override)
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise Rejected("bad setting", place=str(file or "settings"), found=str(error), hint="see --help") from error


def _read_file(file: Path) -> Tree:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Rejected("settings file cannot be read", place=str(file), found=error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Rejected("settings file is not TOML", place=str(file), found=str(error)) from error


def _check_names(tree: Tree, place: str) -> None:
    known = {(setting.section, setting.name) for setting in describe_settings()}
    for key, value in tree.items():
        names = [(key, name) for name in value] if isinstance(value, dict) else [("", key)]
        for section, name in names:
            if (section, name) not in known:
                dotted = f"{section}.{name}".strip(".")
                choices = sorted(n for s, n in known if s == section) or sorted({s for s, _ in known if s})
                raise Rejected("unknown setting", place=place, found=dotted, hint=f"known here: {', '.join(choices)}")


def _parted(setting: SettingDoc, value: str) -> object:
    """A variable's text; a list is written with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if setting.is_list else value


def _scaled(setting: SettingDoc, value: str) -> object:
    if setting.scale == 1.0:
        return _parted(setting, value)
    try:
        return int(value) * setting.scale
    except ValueError as error:
        raise Rejected("bad setting", place=setting.ozone, expected="a whole number", found=repr(value)) from error


def _put_absent(tree: Tree, setting: SettingDoc, value: object) -> None:
    if setting.name not in (tree.get(setting.section, {}) if setting.section else tree):
        _put(tree, setting.section, setting.name, value)


def _put(tree: Tree, section: str, name: str, value: object) -> None:
    if section:
        tree.setdefault(section, {})[name] = value
    else:
        tree[name] = value
