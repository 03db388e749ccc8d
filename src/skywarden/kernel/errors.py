"""The three error families; every error of ours is one of them.

SkywardenError
  Rejected    bad input: count it, quarantine it, go on
  Retryable   busy world: back off, then the same input again
  Broken      our own state is wrong: stop loudly
"""


class SkywardenError(Exception):
    """Root of the tree; never raised itself."""


class Rejected(SkywardenError):
    """Input that cannot be used as it is.

    Says place, expected, found and next step; `reason` is a short stable code for metrics and the quarantine.
    """

    def __init__(self, reason: str, *, place: str = "", expected: str = "", found: str = "", hint: str = "") -> None:
        self.reason = reason
        self.place = place
        self.expected = expected
        self.found = found
        self.hint = hint
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        parts = [self.reason if not self.place else f"{self.place}: {self.reason}"]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.found:
            parts.append(f"found {self.found}")
        if self.hint:
            parts.append(self.hint)
        return "; ".join(parts)


class Retryable(SkywardenError):
    """The world is busy or away; the same input may succeed later."""


class Broken(SkywardenError):
    """Our own state is wrong; going on would make it worse."""
