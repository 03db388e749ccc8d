"""Turn rule files, and the sets that extend them, into plans, again when they change.

Wrong ones leave the rules that run as they are.
"""

from pathlib import Path
from time import thread_time

from skywarden.app.list_extensions import ListExtensions
from skywarden.engine.consumer import EngineConsumer
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.observe import catalog
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics
from skywarden.rules import Compiler, RuleErrors
from skywarden.rules.folder import read_sources
from skywarden.rules.plan.nodes import Plan

_READ = (".py", ".toml", ".txt")

Stamp = tuple[tuple[str, int, int], ...]
"""Path, time of change in nanoseconds and size of every file that a compile reads, and the like of every set."""


class RuleFolder:
    """The configured rules. `refusal` says in one line what is wrong with them now; empty: nothing."""

    def __init__(self, path: Path, parameters: Path | None = None) -> None:
        self._path = path
        self._parameters = parameters
        self._compiler = Compiler(clock=thread_time)
        self._extensions: ListExtensions | None = None
        self._stamp: Stamp = ()
        self.refusal = ""

    def extend(self, extensions: ListExtensions) -> None:
        """Let the sets of people extend the word lists from now on."""
        self._extensions = extensions

    def load(self) -> Plan:
        """Compile what is there. Raises: RuleErrors, Rejected."""
        self._stamp = self._look()
        found = read_sources([self._path], self._parameters)
        sets = found.sets if self._extensions is None else self._extensions.added_to(found.sets)
        return self._compiler.compile(found.files, sets, found.parameters)

    def reload(self) -> Plan | None:
        """Compile when a file or a set has changed since the last time. Raises: RuleErrors, Rejected; once a change."""
        if self._look() == self._stamp:
            return None
        try:
            plan = self.load()
        except Rejected as error:
            self.refusal = _one_line(error)
            raise
        self.refusal = ""
        return plan

    def _look(self) -> Stamp:
        beneath = self._path.parent if self._path.is_file() else self._path
        files = [file for file in sorted(beneath.rglob("*")) if file.suffix in _READ and file.is_file()]
        if self._parameters is not None and self._parameters.is_file():
            files.append(self._parameters)
        stats = [(file, file.stat()) for file in files]
        extended = () if self._extensions is None else self._extensions.stamp()
        return (*((str(file), stat.st_mtime_ns, stat.st_size) for file, stat in stats), *extended)


def _one_line(error: Rejected) -> str:
    if not isinstance(error, RuleErrors):
        return str(error)
    first, more = error.problems[0], len(error.problems) - 1
    return f"{first.span}: {first.message}" + (f", and {more} more" if more else "")


class RuleReload:
    """A stage's step: looks at the folder, and offers the engine what it made of a change."""

    def __init__(self, folder: RuleFolder, consumer: EngineConsumer, metrics: Metrics, clock: Clock) -> None:
        self._folder = folder
        self._consumer = consumer
        self._metrics = metrics
        self._clock = clock
        self._logger = Logger("rules")
        metrics.set(catalog.RULES_LOADED, len(consumer.engine.plan.rules))

    def __call__(self) -> int:
        """Return 1 when a new plan was offered."""
        began_s = self._clock.monotonic_s()
        try:
            plan = self._folder.reload()
        except Rejected:
            self._metrics.add(catalog.RULES_RELOADS, outcome="refused")
            self._metrics.set(catalog.RULES_REFUSED_NOW, 1)
            self._logger.error(catalog.RULES_REFUSED, detail=self._folder.refusal)
            return 0
        if plan is None:
            return 0
        self._consumer.offer(plan)
        self._metrics.observe(catalog.RULES_RELOAD_SECONDS, self._clock.monotonic_s() - began_s)
        self._metrics.add(catalog.RULES_RELOADS, outcome="swapped")
        self._metrics.set(catalog.RULES_REFUSED_NOW, 0)
        self._metrics.set(catalog.RULES_LOADED, len(plan.rules))
        return 1
