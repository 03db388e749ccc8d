"""Nodes on numbers and bools, run as one compiled interpreter's program: no author of rules waits for a compiler."""

from skywarden.engine.program.assemble import Assembled, Assembler, Input, bank_of, compiles
from skywarden.engine.program.program import Outcome, run_program

__all__ = ["Assembled", "Assembler", "Input", "Outcome", "bank_of", "compiles", "run_program"]
