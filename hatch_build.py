"""Build the console's scripts whenever a wheel or an editable install is made."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleScripts(BuildHookInterface[Any]):
    """hatchling's hook; the work is in the package, where `python -m` finds it too."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make `static/built` and let the wheel have it."""
        script = Path(self.root) / "src" / "skywarden" / "console" / "build_scripts.py"
        runpy.run_path(str(script))["build_scripts"]()
        build_data["artifacts"].append("src/skywarden/console/static/built")
