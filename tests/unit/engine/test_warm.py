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
from oracle.event_streams import event_stream
from oracle.test_engine import COMPLETE, SHIPPED, _batch, _windows
from skywarden.engine import Engine
from skywarden.engine.warm import LANES
from skywarden.kernel.compiled import compiled_entries

for lane in LANES.values():
    list(lane())
warm = compiled_entries()
for rule_set in (SHIPPED, COMPLETE, _windows()):
    for seed in (3, 4):
        Engine(rule_set.plan).process(_batch(event_stream(seed, 200)))
later = compiled_entries()
engine = [name for name in later if not name.startswith("skywarden.ingest.")]
print(json.dumps([name for name in engine if not warm.get(name) or later[name] != warm[name]]))
"""


@pytest.mark.timeout(900)  # minutes where nothing is compiled yet and other tests run beside it
def test_every_kernel_that_rules_can_reach_is_compiled_ahead() -> None:
    """In a process of its own: what this one has compiled for other tests does not count."""
    paths = [str(ORACLE.parent), str(ORACLE.parents[1] / "src")]
    found = subprocess.run(
        [sys.executable, "-c", PROBE.format(paths=paths)], capture_output=True, check=True, text=True, env=os.environ
    )
    assert json.loads(found.stdout) == [], "add what uses these to engine/warm.rules.txt"


def test_each_lane_says_what_it_has_done() -> None:
    assert "distinct" in set(LANES["features"]())
