"""Where a service of the network is, by which name it knows itself, and what it takes as our authorization."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field

SignToken = Callable[[str, str], str]
"""Audience and method (NSID) -> a service token good for one call."""


@dataclass(frozen=True, slots=True)
class UpstreamAddress:
    """One configured service; an empty URL means that there is none.

    `name` is how people call it, `setting` the setting that would name it. With `admin_password` it is asked by HTTP
    Basic, which a PDS takes for everything; otherwise by a token for `did`; with neither, as a stranger, which only a
    service with `takes_strangers` answers.
    """

    name: str
    setting: str
    url: str = ""
    did: str = ""
    admin_password: str = field(default="", repr=False)
    takes_strangers: bool = False

    @property
    def missing(self) -> str:
        """The first setting that is needed and empty; "" when the service can be asked."""
        if not self.url:
            return self.setting
        if self.did or self.admin_password or self.takes_strangers:
            return ""
        return self.setting.removesuffix("_url") + "_did"

    def authorization(self, nsid: str, sign: SignToken) -> str | None:
        """The Authorization header of one call."""
        if self.admin_password:
            return "Basic " + base64.b64encode(f"admin:{self.admin_password}".encode()).decode()
        return f"Bearer {sign(self.did, nsid)}" if self.did else None
