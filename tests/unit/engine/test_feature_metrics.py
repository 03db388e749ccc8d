"""Operators see what each stateful function holds, under a name that they know, and when it forgets early."""

import io
import json

import numpy as np

from event_rows import batch, post
from skywarden.engine import Engine
from skywarden.engine.feature_metrics import INTERVAL_S, FeatureMetrics, FeatureUse
from skywarden.engine.memory import feature_specs
from skywarden.features.contract import Asked, Feature, FeatureSpec
from skywarden.features.open import open_feature
from skywarden.observe import catalog
from skywarden.observe.logs import Logger, configure_logs
from skywarden.observe.metrics import Metrics
from skywarden.rules import RuleFile, compile_rules

NAME = "busy.posts"
RULES = """from skywarden.lang import *

@rule(on=post.created, then=tag(author, "busy"))
def busy():
    '''{posts}'''
    posts = count(by=author.did, over=1 * hour)
    return posts > 3 and count(by=author.did, over=1 * day) > 3 and count(by=author.did, over=2 * days) > 3

@rule(on=post.created, then=tag(author, "loud"))
def loud():
    '''Loud.'''
    return count(by=author.did, over=1 * hour) > 7
"""


def use_of(feature: Feature) -> FeatureUse:
    return FeatureUse(NAME, feature.keys(), feature.held_bytes(), feature.evicted())


def add_keys(feature: Feature, *keys: int) -> None:
    count = len(keys)
    feature.observe(Asked(np.array(keys, np.uint64), np.zeros(count, np.int64), np.ones(count, np.bool_)))


def test_a_feature_is_named_by_the_first_rule_that_uses_it_and_no_two_alike() -> None:
    specs = feature_specs(compile_rules([RuleFile("busy.py", RULES)]))
    names = {spec.over_us // 3_600_000_000: spec.name for spec in specs.values()}
    assert names[1] == NAME
    assert sorted(names[hours].split(" ")[0] for hours in (24, 48)) == ["busy.count", "busy.count"]
    assert len(set(names.values())) == 3


def test_an_engine_tells_what_its_features_hold() -> None:
    engine = Engine(compile_rules([RuleFile("busy.py", RULES)]))
    engine.process(batch([post(n, did=f"did:plc:{n % 2}") for n in range(5)]))
    uses = {use.name: use for use in engine.feature_uses()}
    assert uses[NAME].keys == 2
    assert uses[NAME].held_bytes > 0


def test_evictions_are_counted_and_said_once() -> None:
    stream = io.StringIO()
    configure_logs(stream)
    metrics = Metrics()
    feature = open_feature(FeatureSpec(NAME, "count", 1_000_000, max_keys=2))
    noted = FeatureMetrics(metrics, Logger("engine"), [use_of(feature)])
    for keys in ((1, 2, 3), (4, 5)):
        add_keys(feature, *keys)
        noted.note([use_of(feature)])
    assert metrics.value(catalog.ENGINE_FEATURE_EVICTED, feature=NAME) == 3
    assert metrics.value(catalog.ENGINE_FEATURE_KEYS, feature=NAME) == 2
    assert metrics.value(catalog.ENGINE_FEATURE_BYTES, feature=NAME) == feature.held_bytes()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["feature"] for line in lines if line["event"] == "feature_full"] == [NAME]


def test_what_an_earlier_run_evicted_is_not_counted_again() -> None:
    metrics = Metrics()
    feature = open_feature(FeatureSpec(NAME, "count", 1_000_000, max_keys=2))
    add_keys(feature, 1, 2, 3)
    noted = FeatureMetrics(metrics, Logger("engine"), [use_of(feature)])
    noted.note([use_of(feature)])
    assert metrics.value(catalog.ENGINE_FEATURE_EVICTED, feature=NAME) == 0


def test_features_are_asked_now_and_then_only() -> None:
    now_s = 0.0
    noted = FeatureMetrics(Metrics(), Logger("engine"), [], lambda: now_s)
    assert noted.due()
    noted.note([])
    assert not noted.due()
    now_s += INTERVAL_S
    assert noted.due()
