"""The benchmark of undo takes back what it made, and says how fast."""

from skywarden.bench.undo import measure_undo


def test_every_effect_is_settled_and_some_are_spared() -> None:
    figures = measure_undo("", 200)
    assert figures.effects > 150
    assert 0 < figures.spared < figures.taken_back
    assert min(figures.dry_run_effects_per_s, figures.undo_effects_per_s, figures.put_back_effects_per_s) > 0
