"""Turn texts into signatures that near copies share, for `similar`: a row of numbers a text."""

from collections.abc import Sequence

import numpy as np

from skywarden.detectors.similar import sign_texts
from skywarden.engine.columns import Column, Flat
from skywarden.engine.operators.contract import Frame, Operator, text
from skywarden.rules.plan.nodes import Node


def _signature(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Unknown for texts that say too little. A text that stands for every row is signed once."""
    signatures, known = sign_texts(text(args[0]).array)
    if len(known) != len(frame):
        signatures, known = np.repeat(signatures, len(frame), axis=0), np.repeat(known, len(frame))
    return Flat(signatures, known)


SIGNATURES: dict[str, Operator] = {"signature": _signature}
