"""Look at the rule folder and at what people decided, and offer the engine what became of it."""

from skywarden.app.rule_book import RuleBook
from skywarden.engine.consumer import EngineConsumer
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.observe import catalog
from skywarden.observe.logs import Logger
from skywarden.observe.metrics import Metrics


class RuleReload:
    """A stage's step: wrong rules leave those that run as they are, and are told once."""

    def __init__(self, book: RuleBook, consumer: EngineConsumer, metrics: Metrics, clock: Clock) -> None:
        self._book = book
        self._consumer = consumer
        self._metrics = metrics
        self._clock = clock
        self._logger = Logger("rules")
        metrics.set(catalog.RULES_LOADED, len(consumer.engine.plan.rules))

    def __call__(self) -> int:
        """Return 1 when new plans were offered."""
        began_s = self._clock.monotonic_s()
        try:
            plans = self._book.reload()
        except Rejected:
            self._metrics.add(catalog.RULES_RELOADS, outcome="refused")
            self._metrics.set(catalog.RULES_REFUSED_NOW, 1)
            self._logger.error(catalog.RULES_REFUSED, detail=self._book.folder.refusal)
            return 0
        if not self._book.folder.refusal:
            self._metrics.set(catalog.RULES_REFUSED_NOW, 0)
        if plans is None:
            return 0
        self._consumer.offer(plans.live, plans.shadow)
        self._metrics.observe(catalog.RULES_RELOAD_SECONDS, self._clock.monotonic_s() - began_s)
        self._metrics.add(catalog.RULES_RELOADS, outcome="swapped")
        self._metrics.set(catalog.RULES_LOADED, len(plans.live.rules))
        return 1
