"""Give instructions real registers: a register is free again after its last use, so few blocks stay in the caches."""

from dataclasses import dataclass, replace

BOOL, INT, FLOAT = "bool", "int", "float"
BANKS = (BOOL, INT, FLOAT)


@dataclass(frozen=True, slots=True)
class Register:
    """A value that an instruction makes, by its number among all values of the program."""

    bank: str
    number: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step. `left` and `right` are registers, or plain numbers (an input, an output) where the opcode says so."""

    op: int
    target: Register | int
    left: Register | int = -1
    right: Register | int = -1
    constant: int = -1
    flip: bool = False

    def reads(self) -> list[Register]:
        """The registers that it needs."""
        return [operand for operand in (self.left, self.right) if isinstance(operand, Register)]


def allocate(code: list[Instruction]) -> tuple[list[Instruction], dict[str, int]]:
    """Number registers anew within their banks, and say how many each bank needs."""
    last = {register: at for at, step in enumerate(code) for register in step.reads()}
    free: dict[str, list[int]] = {bank: [] for bank in BANKS}
    used = dict.fromkeys(BANKS, 0)
    placed: dict[Register, Register] = {}
    allocated = []
    for at, step in enumerate(code):
        target = step.target
        if isinstance(target, Register):
            bank = target.bank
            if not free[bank]:
                free[bank].append(used[bank])
                used[bank] += 1
            placed[target] = target = Register(bank, free[bank].pop())
        allocated.append(replace(step, target=target, left=_real(step.left, placed), right=_real(step.right, placed)))
        for register in dict.fromkeys((*step.reads(), *_made(step))):
            if last.get(register, at) == at:
                free[register.bank].append(placed[register].number)
    return allocated, used


def _real(operand: Register | int, placed: dict[Register, Register]) -> Register | int:
    return placed[operand] if isinstance(operand, Register) else operand


def _made(step: Instruction) -> list[Register]:
    return [step.target] if isinstance(step.target, Register) else []
