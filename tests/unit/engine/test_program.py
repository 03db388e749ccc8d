"""What the compiled interpreter computes is what the operators of those names compute."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from event_rows import batch
from oracle.event_streams import event_stream
from oracle.random_rules import CHEAP, HEAD
from skywarden.detectors.text.hashing import DEFAULT_KEY
from skywarden.engine.columns import Flat, full
from skywarden.engine.lookups import prepare_lookups
from skywarden.engine.operators import OPERATORS
from skywarden.engine.operators.contract import Frame
from skywarden.engine.program import Assembler, compiles, run_program
from skywarden.engine.program.registers import BOOL, Instruction, Register, allocate
from skywarden.engine.results import Bound, Costs, Results
from skywarden.engine.rows import Rows
from skywarden.engine.schedule import make_schedule
from skywarden.rules import Plan, RuleFile, compile_rules

NUMBERS = [
    "author.followers",
    "author.follows",
    "author.posts",
    "length(post.tags)",
    "3",
    "0",
    "-1",
    "4611686018427387904",
]
TERMS = st.recursive(
    st.sampled_from(NUMBERS),
    lambda inner: (
        st.tuples(inner, st.sampled_from([" + ", " - ", " * ", " / ", " // ", " % "]), inner).map(
            lambda parts: f"({''.join(parts)})"
        )
        | inner.map(lambda part: f"(-{part})")
        | st.tuples(inner, inner).map(lambda parts: f"minimum({parts[0]}, maximum({parts[1]}, 2))")
    ),
    max_leaves=4,
)
OPERATIONS = st.sampled_from([" < ", " <= ", " > ", " >= ", " == ", " != "])
COMPARED = st.tuples(TERMS, OPERATIONS, TERMS).map("".join)
CONDITIONS = st.recursive(
    st.sampled_from(CHEAP) | COMPARED | TERMS.map(lambda term: f"known({term})"),
    lambda inner: (
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(lambda parts: f"({''.join(parts)})")
        | inner.map(lambda part: f"(not {part})")
        | inner.map(lambda part: f"({part}).or_else(True)")
    ),
    max_leaves=6,
)
"""Some are constants after all, or refused by the compiler: these say nothing, and are left out."""


def plan_of(condition: str) -> Plan | None:
    text = f'{HEAD}@rule(on=post.created, then=tag(author, "x"))\ndef r():\n    """."""\n    return {condition}\n'
    try:
        return compile_rules([RuleFile("random.py", text)])
    except Exception:  # noqa: BLE001  # what a compiler refuses is another test's
        return None


@settings(max_examples=150, deadline=None)
@given(condition=CONDITIONS, seed=st.integers(0, 2**32), size=st.sampled_from([1, 7, 60]), skip=st.integers(0, 9))
def test_a_program_gives_what_the_operators_give(condition: str, seed: int, size: int, skip: int) -> None:
    plan = plan_of(condition)
    if plan is None or not plan.scopes:
        return
    (scope,) = plan.scopes
    rows = batch(event_stream(seed, size + skip)).slice(skip, skip + size).rows
    frame = Frame(Rows(rows), rows.column("time_us").to_numpy(), {}, prepare_lookups(plan, DEFAULT_KEY))
    schedule = make_schedule(scope, scope.rules, lambda node: False)
    plain = Results(
        Bound(schedule, [OPERATORS[node.op] for node in scope.nodes], lambda: 0.0, 1 << 30),
        frame,
        Costs([0.0] * len(scope.nodes)),
    )
    compiled = frozenset(number for number, node in enumerate(scope.nodes) if compiles(node, scope.nodes))
    assembler = Assembler(scope.nodes, compiled)
    for number in compiled:
        assembler.output(number)
    program = assembler.finish()
    inputs = {}
    for wanted in program.inputs:
        if wanted.what == "node":
            column = plain.column(wanted.number)
            assert isinstance(column, Flat)
            inputs[wanted.number] = column
    made = run_program(program, frame, inputs).columns
    for number in compiled:
        expected = plain.column(number)
        assert isinstance(expected, Flat)
        expected = full(expected, size)
        found = made[number]
        node = scope.nodes[number]
        np.testing.assert_array_equal(found.valid, expected.valid, err_msg=str(node))
        np.testing.assert_array_equal(found.values[found.valid], expected.values[expected.valid], err_msg=str(node))


def test_a_register_is_used_again_after_its_last_reader_and_never_before() -> None:
    one, two, three, four = (Register(BOOL, number) for number in range(4))
    code = [Instruction(1, one), Instruction(1, two), Instruction(2, three, one, two), Instruction(2, four, three, one)]
    allocated, used = allocate(code)
    assert used[BOOL] == 3
    targets = [step.target for step in allocated]
    assert targets[3] in targets[:2], "the second is free once the third is made"
    assert len({targets[0], targets[1], targets[2]}) == 3
