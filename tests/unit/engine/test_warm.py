"""After `skywarden kernels` no rule waits for a compiler."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from skywarden.engine.warm import LANES

ORACLE = Path(__file__).parents[2] / "oracle"
PROBE = """
import json, sys
sys.path[:0] = {paths!r}
from pathlib import Path
from event_rows import batch
from oracle.event_streams import event_stream
from skywarden.engine import Engine
from skywarden.engine.warm import LANES
from skywarden.kernel.compiled import compiled_entries
from skywarden.rules import RuleFile, Sets, compile_rules
from skywarden.rules.folder import read_files, read_sets
from skywarden.rulesets import BLUESKY

for lane in LANES.values():
    list(lane())
warm = compiled_entries()
sets = Sets({{"shops": frozenset({{"quiet shop"}}), "hashes": frozenset({{"f" * 64}})}})
files = [[RuleFile(path.name, path.read_text())] for path in sorted(Path({oracle!r}).glob("*.rules.txt"))]
for plan in (compile_rules(read_files(BLUESKY), read_sets(BLUESKY)), *(compile_rules(file, sets) for file in files)):
    for seed in (3, 4):
        Engine(plan).process(batch(event_stream(seed, 200)))
later = compiled_entries()
engine = [name for name in later if not name.startswith("skywarden.ingest.")]
print(json.dumps([name for name in engine if not warm.get(name) or later[name] != warm[name]]))
"""


@pytest.mark.timeout(900)  # minutes where nothing is compiled yet and other tests run beside it
def test_every_kernel_that_rules_can_reach_is_compiled_ahead() -> None:
    """In a process of its own: what this one has compiled for other tests does not count."""
    paths = [str(ORACLE.parent), str(ORACLE.parents[1] / "src")]
    found = subprocess.run(
        [sys.executable, "-c", PROBE.format(paths=paths, oracle=str(ORACLE))],
        capture_output=True,
        check=True,
        text=True,
        env=os.environ,
    )
    assert json.loads(found.stdout) == [], "add what uses these to engine/warm.rules.txt"


def test_each_lane_says_what_it_has_done() -> None:
    assert "distinct" in set(LANES["features"]())
