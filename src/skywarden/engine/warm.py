"""Run every compiled kernel of the engine once, so that the cache holds it and nobody waits for it later.

The kernels fall into two lanes that have none in common; two processes may run one each.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from skywarden.detectors.similar import sign_texts
from skywarden.engine.engine import Engine
from skywarden.engine.memory import feature_specs
from skywarden.features.contract import Asked, FeatureSpec
from skywarden.features.open import open_feature
from skywarden.kernel.ids import Offset
from skywarden.model.event import SCHEMA, Action, EventBatch, Kind
from skywarden.rules import Plan, RuleFile, Sets, compile_rules

_RULES = Path(__file__).with_name("warm.rules.txt")
_WINDOWS = "windows"
"""The rule with all stateful functions."""
_SETS = Sets(
    {
        "shops": frozenset({"quiet shop", "shop.example"}),
        "names": frozenset({"gold.example"}),
        "hashes": frozenset({"00" * 32}),
    }
)
_TEXTS = (
    "Buy GOLD from the quiet sh0p today, and tell all of your friends about it!",
    "ÄßĳΣİ https://a.example/x",
    "b",
)
_HOUR_US = 3_600_000_000


def warm_features() -> Iterator[str]:
    """Compile the kernels of stateful functions; name each function when it is done."""
    done: set[tuple[str, bool]] = set()
    for spec in feature_specs(_plan()).values():
        if (spec.op, spec.has_member) not in done:
            done.add((spec.op, spec.has_member))
            _use(spec)
            yield spec.op


def _use(spec: FeatureSpec) -> None:
    """Make a feature grow, forget, reach its limit, and come back from a snapshot."""
    feature = open_feature(replace(spec, max_keys=1_500))
    for start in range(0, 6_000, 2_000):  # at the third time most slots are of keys that are no longer held
        keys = np.arange(start, start + 2_000, dtype=np.uint64)
        feature.observe(_asked(spec, keys, start * _HOUR_US))
    again = open_feature(replace(spec, max_keys=1_500))
    again.load(feature.dump())
    again.digest(0)


def _asked(spec: FeatureSpec, keys: "np.ndarray[tuple[int, ...], np.dtype[np.uint64]]", start_us: int) -> Asked:
    times_us, adds = start_us + keys.astype(np.int64), np.ones(len(keys), dtype=np.bool_)
    if spec.op == "similar":
        signatures, _ = sign_texts(pa.array([f"{_TEXTS[0]} {key} {key * 7}" for key in keys.tolist()], pa.string()))
        return Asked(keys, times_us, adds, signatures, keys if spec.has_member else None)
    values = {"distinct": keys, "sum": times_us}
    return Asked(keys, times_us, adds, values.get(spec.op))


def warm_rules() -> Iterator[str]:
    """Compile the kernels of conditions; name each group of functions when it is done."""
    plan = _plan()
    for rule in plan.rules:
        if rule.name != _WINDOWS:
            scopes = tuple(replace(scope, rules=(rule,)) for scope in plan.scopes if rule in scope.rules)
            _run(replace(plan, scopes=scopes))
            yield rule.name


def warm_all() -> Iterator[str]:
    """Run everything together: what the lanes have compiled is only read back."""
    _run(_plan())
    yield "all together"


LANES: dict[str, Callable[[], Iterator[str]]] = {"features": warm_features, "rules": warm_rules, "all": warm_all}


def _plan() -> Plan:
    return compile_rules([RuleFile("warm.py", _RULES.read_text(encoding="utf-8"))], _SETS)


def _run(plan: Plan) -> None:
    engine = Engine(plan)
    for base in (0, 12):
        engine.process(EventBatch(Offset(base), pa.RecordBatch.from_pylist(_rows(base), schema=SCHEMA)))


def _rows(base: int) -> list[dict[str, object]]:
    """Posts with and without what an author and a text may have."""
    rows = []
    for number in range(base, base + 12):
        row: dict[str, object] = dict.fromkeys(SCHEMA.names)
        row |= {
            "source": "warm",
            "time_us": 1_750_000_000_000_000 + number,
            "did": f"did:plc:{number % 3}",
            "kind": int(Kind.COMMIT),
            "action": int(Action.CREATE),
            "collection": "app.bsky.feed.post",
            "rkey": f"r{number}",
            "cid": f"c{number}",
            "text": _TEXTS[number % len(_TEXTS)],
        }
        if number % 2:
            row |= {"langs": ["en"], "domains": ["a.example", "shop.example"], "tags": ["x", "y"]}
            row |= {"author_handle": "gold.example", "author_display_name": "Gold", "author_followers": number}
            row |= {"author_follows": 3, "author_posts": 7, "author_created_us": 1_749_000_000_000_000}
        rows.append(row)
    return rows
