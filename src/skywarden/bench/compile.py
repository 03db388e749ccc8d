"""Measure how long a large rule set takes to compile, and to compile again when one file of it has changed.

Everything is read from a folder each time, as the platform does. Figures are medians of rounds, in seconds of processor
time, so that other programs on the machine do not count.
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from skywarden.bench.rule_files import write_rule_set, write_shared, write_topic
from skywarden.rules import Compiler, Plan
from skywarden.rules.folder import read_sources

ROUNDS = 5


class CompileFigures(msgspec.Struct, frozen=True):
    """What was measured.

    `compile_s`: the whole rule set by a new compiler. `reload_s`: one file of rules changed, by a compiler that knows
    the rest. `reload_shared_s`: the file of definitions that all others import changed. `unchanged_s`: nothing did.
    """

    rules: int
    files: int
    nodes: int
    compile_s: float
    reload_s: float
    reload_shared_s: float
    unchanged_s: float


def measure_compile(*, files: int = 100, rules: int = 1_000, rounds: int = ROUNDS) -> CompileFigures:
    """Write a rule set to a folder of its own and compile it over and over."""
    with tempfile.TemporaryDirectory() as name:
        folder, random = Path(name), Random(7)  # noqa: S311 - the same changes every time, nothing secret
        write_rule_set(folder, files=files, rules_per_file=rules // files)
        cold = [_seconds(lambda: _compile(Compiler(clock=time.thread_time), folder)) for _ in range(rounds)]
        compiler = Compiler(clock=time.thread_time)
        plan = _compile(compiler, folder)
        times: dict[str, list[float]] = {"file": [], "shared": [], "nothing": []}
        for turn in range(rounds):
            write_topic(folder, turn % files, rules // files, random)
            times["file"].append(_seconds(lambda: _compile(compiler, folder)))
            write_shared(folder, long=101 + turn)
            times["shared"].append(_seconds(lambda: _compile(compiler, folder)))
            times["nothing"].append(_seconds(lambda: _compile(compiler, folder)))
    return CompileFigures(
        rules=len(plan.rules),
        files=files,
        nodes=sum(len(scope.nodes) for scope in plan.scopes),
        compile_s=_median(cold),
        reload_s=_median(times["file"]),
        reload_shared_s=_median(times["shared"]),
        unchanged_s=_median(times["nothing"]),
    )


def _compile(compiler: Compiler, folder: Path) -> Plan:
    sources = read_sources([folder])
    return compiler.compile(sources.files, sources.sets, sources.parameters)


def _seconds(run: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    run()
    return time.process_time() - began


def _median(times: list[float]) -> float:
    return round(statistics.median(times), 4)
