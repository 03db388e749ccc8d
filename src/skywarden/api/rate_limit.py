"""Count requests of each caller in fixed windows, and say in headers what is left."""

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Network

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

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The RateLimit headers, and Retry-After for a request over the limit."""
        found = [
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.reset_epoch_s),
            (b"ratelimit-policy", b"%d;w=%d" % (self.limit, self.window_s)),
        ]
        if self.retry_s is not None:
            found.append((b"retry-after", b"%d" % self.retry_s))
        return found


@dataclass(slots=True)
class RateLimit:
    """At most `limit` requests a caller and window of `window_s`; 0 is no limit.

    Memory is bounded by the callers of one window. Two writers: for one event loop only.
    """

    limit: int
    window_s: int
    _window: int = 0
    _counts: dict[str, int] = field(default_factory=dict)

    def take(self, caller: str, clock: Clock) -> Allowance | None:
        """Count one request of `caller`; over the limit the answer has `retry_s`. None: there is no limit."""
        if not self.limit:
            return None
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


def _of_a_minute(limit: int) -> RateLimit:
    return RateLimit(limit, 60)


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What each kind of caller may ask: anybody by address, accounts and members of the team by DID."""

    public: RateLimit = field(default_factory=lambda: _of_a_minute(3_000))
    user: RateLimit = field(default_factory=lambda: _of_a_minute(20))
    member: RateLimit = field(default_factory=lambda: _of_a_minute(3_000))

    @classmethod
    def a_minute(cls, requests: int, reports: int) -> "RateLimits":
        """Limits a minute: `requests` of an address or a member, `reports` of an account."""
        return cls(_of_a_minute(requests), _of_a_minute(reports), _of_a_minute(requests))

    def take(self, access: Access, caller: str, clock: Clock) -> Allowance | None:
        """Count one request of `caller`, who is a DID or, for public methods, an address."""
        limit = {Access.PUBLIC: self.public, Access.USER: self.user}.get(access, self.member)
        return limit.take(caller, clock)


@lru_cache(10_000)
def network_of(address: str) -> str:
    """What an address is counted as: itself, or for IPv6 the /64 that one customer has whole."""
    if ":" not in address:
        return address
    return str(IPv6Network((address.partition("%")[0], 64), strict=False))
