"""Say how large rule text, patterns and windows may be; every limit is named in the error that it causes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep a compile short and a running plan small. Units are in the names."""

    file_bytes: int = 50_000
    files: int = 2_000
    depth: int = 40
    depth_through_names: int = 200
    nodes_per_file: int = 5_000
    nodes_per_rule: int = 1_000
    nodes_through_names: int = 20_000
    problems_per_file: int = 50
    text_chars: int = 10_000
    pattern_chars: int = 1_000
    pattern_memory_bytes: int = 1 << 20
    pattern_cost: int = 25
    pattern_cost_unwarned: int = 8
    set_entries: int = 1_000_000
    path_parts: int = 16
    window_s: int = 30 * 86_400
    exact_window_s: int = 86_400
    window_keys: int = 4
    rate_tokens: int = 1_000_000
    trend_periods: int = 1_000
    heavy_slots: int = 100_000
    feature_keys: int = 10_000_000
    events_per_s: int = 500
    active_accounts: int = 2_000_000


DEFAULT_LIMITS = Limits()
