"""Typed tree -> typed tree, one file a pass; the order is `PASSES`."""

from skywarden.rules.passes.fold import fold_constants
from skywarden.rules.passes.inline import inline_names
from skywarden.rules.passes.lower import lower_case_folding
from skywarden.rules.passes.rewrite import Pass
from skywarden.rules.passes.share import Sharing

PASSES: tuple[Pass, ...] = (inline_names, fold_constants, lower_case_folding)
"""What is done to every expression, in this order; sharing comes last, over all rules of a plan (see `Sharing`)."""

__all__ = ["PASSES", "Pass", "Sharing", "fold_constants", "inline_names", "lower_case_folding"]
