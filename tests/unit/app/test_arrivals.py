"""The time from arrival to durable effects is measured once for each batch, whoever is told first."""

from proposals import make_effect
from skywarden.app.arrivals import Arrivals, TimedSink
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Offset
from skywarden.model.effect import Effect
from skywarden.model.hit import Hit
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics


class Durable:
    """A sink that keeps its mark in memory."""

    def __init__(self) -> None:
        self.upto = Offset(0)

    def committed(self) -> Offset:
        return self.upto

    def store(self, hits: list[Hit], effects: list[Effect], upto: Offset) -> None:
        self.upto = upto


class Stopwatch:
    """Arrivals on a clock that stands still until told otherwise."""

    def __init__(self) -> None:
        self.clock, self.metrics = ManualClock(), Metrics()
        self.arrivals = Arrivals(self.clock, self.metrics)

    def measured(self) -> tuple[float | None, float | None]:
        """How many batches were measured, and their seconds together."""
        name, registry = catalog.ENGINE_EFFECT_SECONDS.name, self.metrics.registry
        return registry.get_sample_value(f"{name}_count"), registry.get_sample_value(f"{name}_sum")


def test_a_batch_is_measured_when_its_effects_are_durable_and_only_once() -> None:
    watch = Stopwatch()
    watch.arrivals.note(Offset(10), watch.clock.monotonic_s())
    watch.clock.advance(0.5)
    watch.arrivals.settled(Offset(9))
    assert watch.measured() == (0, 0)
    watch.arrivals.settled(Offset(10))
    watch.arrivals.settled(Offset(11))
    assert watch.measured() == (1, 0.5)


def test_an_engine_that_is_quicker_than_the_note_is_measured_too() -> None:
    watch = Stopwatch()
    received_s = watch.clock.monotonic_s()
    watch.arrivals.settled(Offset(10))
    watch.clock.advance(0.25)
    watch.arrivals.note(Offset(10), received_s)
    assert watch.measured() == (1, 0.25)


def test_what_was_read_from_a_file_is_not_measured() -> None:
    watch = Stopwatch()
    watch.arrivals.note(Offset(10), None)
    watch.arrivals.settled(Offset(10))
    assert watch.measured() == (0, 0)


def test_the_next_stage_is_woken_by_effects_and_not_by_batches_without() -> None:
    watch, woken = Stopwatch(), []
    sink = TimedSink(Durable(), watch.arrivals)
    sink.on_effects = lambda: woken.append(sink.committed())
    sink.store([], [], Offset(5))
    assert woken == []
    sink.store([], [make_effect(7)], Offset(8))
    assert woken == [8]
