"""The rules benchmark runs as its user runs it, and its hits are the naive interpreter's."""

import json
import subprocess
import sys

import pytest

from skywarden.bench.reference import check_reference
from skywarden.bench.reference.sets import ENTRIES, TERMS, make_sets
from skywarden.engine.schedule import needed_by
from skywarden.rules.plan.nodes import WINDOW_OPS


def bench(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "skywarden.cli.main", "bench", "rules", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=170, check=False)


@pytest.mark.timeout(180)
def test_the_last_line_holds_every_figure_and_the_sample_agrees_with_the_naive_interpreter() -> None:
    done = bench("--events", "4000", "--cores", "2", "--rounds", "1", "--check", "--profile")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert {"events_per_s", "cores", "rules", "hits", "rss_mb"} <= figures.keys()
    assert (figures["rules"], figures["cores"], figures["events"]) == (100, 2, 4000)
    assert 0 < figures["hits"] < 80
    assert figures["checked"] > 250
    assert figures["checked_hits"] > 10
    assert "matches" in done.stdout


def test_the_reference_is_what_it_claims_to_be() -> None:
    sets = make_sets()
    _, plan = check_reference(sets)
    (scope,) = plan.scopes
    needs = [{scope.nodes[number].op for number in needed_by(scope, [rule.root])} for rule in scope.rules]
    assert len(needs) == 100
    assert sum("matches" in ops for ops in needs) == 30
    assert sum("contains_any" in ops for ops in needs) == 10
    assert sum("in_set" in ops for ops in needs) == 10
    assert sum(bool(ops & WINDOW_OPS) for ops in needs) == 20
    assert {len(set(entries)) for entries in sets.entries.values()} == {TERMS, ENTRIES}
    assert len(sets.entries) == 20
