"""Operators that call a function of one text once a different text, and its constants with it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.detectors.text.measures import (
    bucket_of,
    decoded_base64,
    digit_count,
    emoji_count,
    letter_count,
    line_count,
    longest_run,
    md5_hex,
    repeated_share,
    replaced,
    sha256_hex,
    sliced,
    split_text,
    stripped,
    unleet,
    uppercase_share,
    whole_number,
    word_count,
    words,
)
from skywarden.detectors.text.scripts import has_mixed_word, main_script, scripts
from skywarden.detectors.url.parts import (
    collection_of,
    did_method,
    did_of,
    domain,
    domains_in,
    host,
    key_time,
    links_in,
    path,
    query_value,
    rkey_of,
    subdomain,
    suffix,
)
from skywarden.engine.columns import Column, Flat, Lists, Text, known_rows, without_nulls
from skywarden.engine.operators.contract import Frame, Operator, text
from skywarden.engine.operators.once import once_a_text
from skywarden.rules.plan.nodes import Node

Measure = Callable[..., Any]  # of a text and the operator's constants; None is unknown


def _to_text(function: Measure) -> Operator:
    return _spread_over(function, pa.string(), Text)


def _to_flat(function: Measure, kind: pa.DataType) -> Operator:
    def flat(array: pa.Array) -> Column:
        return Flat(without_nulls(array, False if kind == pa.bool_() else 0), known_rows(array))

    return _spread_over(function, kind, flat)


def _spread_over(function: Measure, kind: pa.DataType, wrap: Callable[[pa.Array], Column]) -> Operator:
    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        return wrap(once_a_text(lambda entry: function(entry, *node.params), text(args[0]).array, kind))

    return run


def _to_list(function: Measure) -> Operator:
    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        array = text(args[0]).array
        if len(array) == 1 and len(frame) != 1:
            array = pa.repeat(array[0], len(frame))
        found = once_a_text(lambda entry: function(entry, *node.params), array, pa.list_(pa.string()))
        lengths = without_nulls(pc.list_value_length(found), 0)
        parents = np.repeat(np.arange(len(found), dtype=np.int64), lengths)
        return Lists(parents, Text(found.flatten()), known_rows(found))

    return run


TO_TEXT: dict[str, Measure] = {
    "unleet": unleet,
    "main_script": main_script,
    "strip": stripped,
    "replace": replaced,
    "slice": sliced,
    "sha256": sha256_hex,
    "md5": md5_hex,
    "base64_decoded": decoded_base64,
    "host_of": host,
    "domain_of": domain,
    "suffix_of": suffix,
    "subdomain_of": subdomain,
    "path_of": path,
    "query_value": query_value,
    "did_of": did_of,
    "collection_of": collection_of,
    "rkey_of": rkey_of,
    "did_method": did_method,
}
TO_INT: dict[str, Measure] = {
    "word_count": word_count,
    "line_count": line_count,
    "emoji_count": emoji_count,
    "digit_count": digit_count,
    "letter_count": letter_count,
    "longest_run": longest_run,
    "to_int": whole_number,
    "bucket": bucket_of,
    "key_time": key_time,
}
TO_FLOAT: dict[str, Measure] = {"uppercase_share": uppercase_share, "repeated_share": repeated_share}
TO_BOOL: dict[str, Measure] = {"mixed_scripts": has_mixed_word}
TO_LIST: dict[str, Measure] = {
    "words": words,
    "scripts": scripts,
    "split": split_text,
    "links_in": links_in,
    "domains_in": domains_in,
}
MEASURES: dict[str, Measure] = {**TO_TEXT, **TO_INT, **TO_FLOAT, **TO_BOOL, **TO_LIST}
"""Each operator's function of one text."""

EACH: dict[str, Operator] = {
    **{op: _to_text(function) for op, function in TO_TEXT.items()},
    **{op: _to_flat(function, pa.int64()) for op, function in TO_INT.items()},
    **{op: _to_flat(function, pa.float64()) for op, function in TO_FLOAT.items()},
    **{op: _to_flat(function, pa.bool_()) for op, function in TO_BOOL.items()},
    **{op: _to_list(function) for op, function in TO_LIST.items()},
}
