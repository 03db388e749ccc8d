"""Count requests of each caller in fixed windows, and say in headers what is left."""

from dataclasses import dataclass, field

from skywarden.api.caller import Access
from skywarden.kernel.clock import SECOND_US, Clock


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one caller has left in this window after this request; `retry_s` is None while it may go on."""

    limit: int
    remaining: int
    reset_epoch_s: int
    window_s: int
    retry_s: int | None

    def headers(self) -> dict[str, str]:
        """The RateLimit headers, and Retry-After for a request over the limit."""
        found = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_epoch_s),
            "RateLimit-Policy": f"{self.limit};w={self.window_s}",
        }
        if self.retry_s is not None:
            found["Retry-After"] = str(self.retry_s)
        return found


@dataclass(slots=True)
class RateLimit:
    """At most `limit` requests a caller and window of `window_s`; memory is bounded by the callers of one window.

    Two writers: for one event loop only.
    """

    limit: int
    window_s: int
    _window: int = 0
    _counts: dict[str, int] = field(default_factory=dict)

    def take(self, caller: str, clock: Clock) -> Allowance:
        """Count one request of `caller`; over the limit the answer has `retry_s`."""
        now_s = clock.now_us() // SECOND_US
        window = now_s // self.window_s
        if window != self._window:
            self._window, self._counts = window, {}
        count = self._counts.get(caller, 0) + 1
        reset_s = (window + 1) * self.window_s
        over = count > self.limit
        if not over:
            self._counts[caller] = count
        return Allowance(
            limit=self.limit,
            remaining=max(self.limit - count, 0),
            reset_epoch_s=reset_s,
            window_s=self.window_s,
            retry_s=max(reset_s - now_s, 1) if over else None,
        )


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What each kind of caller may ask: anybody by address, accounts and members of the team by DID."""

    public: RateLimit = field(default_factory=lambda: RateLimit(limit=6_000, window_s=300))
    user: RateLimit = field(default_factory=lambda: RateLimit(limit=100, window_s=300))
    member: RateLimit = field(default_factory=lambda: RateLimit(limit=6_000, window_s=300))

    def take(self, access: Access, caller: str, clock: Clock) -> Allowance:
        """Count one request of `caller`, who is a DID or, for public methods, an address."""
        limit = {Access.PUBLIC: self.public, Access.USER: self.user}.get(access, self.member)
        return limit.take(caller, clock)
