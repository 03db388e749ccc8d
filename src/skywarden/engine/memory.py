"""Open the features of a plan, each under the digest of its node, with a name that people know."""

from collections.abc import Iterator, Mapping

from skywarden.engine.feature_metrics import FeatureUse
from skywarden.features.contract import Feature, FeatureSpec
from skywarden.features.index import KeyIndex
from skywarden.features.open import open_feature
from skywarden.rules.limits import DEFAULT_LIMITS
from skywarden.rules.plan.nodes import WINDOW_OPS, Plan, RulePlan, Scope, WindowParams


def open_features(plan: Plan) -> dict[str, Feature]:
    """Empty features for every stateful node of a plan, by the node's digest.

    Those of one scope with the same key share its table of keys.
    """
    specs = feature_specs(plan)
    features: dict[str, Feature] = {}
    for scope in plan.scopes:
        indexes: dict[int, KeyIndex] = {}
        for node in scope.nodes:
            if node.op in WINDOW_OPS:
                index = indexes.setdefault(node.args[0], KeyIndex())
                features[node.digest] = open_feature(specs[node.digest], index)
    return features


def uses_of(plan: Plan, features: Mapping[str, Feature]) -> list[FeatureUse]:
    """What each feature of a plan holds, by its name."""
    named = [(spec.name, features[digest]) for digest, spec in feature_specs(plan).items()]
    return [FeatureUse(name, feature.keys(), feature.held_bytes(), feature.evicted()) for name, feature in named]


def feature_specs(plan: Plan) -> dict[str, FeatureSpec]:
    """What every stateful node of a plan asks for, by the node's digest."""
    specs: dict[str, FeatureSpec] = {}
    taken: set[str] = set()
    for scope in plan.scopes:
        for number, name in _names(scope):
            node = scope.nodes[number]
            unique = f"{name} {node.digest}" if name in taken else name
            taken.add(unique)
            params = WindowParams.of(node)
            specs[node.digest] = FeatureSpec(
                unique,
                node.op,
                params.over_us,
                params.exact,
                params.extra,
                DEFAULT_LIMITS.feature_keys,
                params.has_member,
            )
    return specs


def _names(scope: Scope) -> Iterator[tuple[int, str]]:
    """Every stateful node of a scope: `rule.value` where a rule names it, else `rule.op`; the first rule's."""
    wanted = [number for number, node in enumerate(scope.nodes) if node.op in WINDOW_OPS]
    named = {number: f"{rule.name}.{name}" for rule in reversed(scope.rules) for name, number in reversed(rule.values)}
    users = {number: rule.name for rule in reversed(scope.rules) for number in _used_by(scope, rule)}
    for number in wanted:
        node = scope.nodes[number]
        yield number, named.get(number, f"{users.get(number, 'unused')}.{node.op}")


def _used_by(scope: Scope, rule: RulePlan) -> set[int]:
    """The nodes that a rule depends on."""
    found: set[int] = set()
    todo = [rule.root, *(number for _, number in rule.values)]
    while todo:
        number = todo.pop()
        if number not in found:
            found.add(number)
            todo.extend(scope.nodes[number].args)
    return found
