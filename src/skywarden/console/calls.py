"""Call the API's methods for a page, as HTTP would: the same roles, the same reading of the input, the same handler."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from skywarden.api.http.registry import http_methods
from skywarden.api.method import Access, Answer, Call, Caller
from skywarden.api.registry import AnyMethod, all_methods
from skywarden.api.services import Services
from skywarden.api.workers import Workers

T = TypeVar("T")


class Calls:
    """The methods of one set of services. Crash and writers: as the methods promise."""

    def __init__(self, services: Services, workers: Workers) -> None:
        self._services = services
        self._workers = workers
        self._methods = {**all_methods(), **{method.nsid: method for method in http_methods().values()}}

    async def ask(self, caller: Caller, nsid: str, params: Mapping[str, object], kind: type[T]) -> T:
        """Call a query; what is None, False or empty is left out. Raises: Rejected with the method's own errors."""
        method = self._methods[nsid]
        query = urlencode([(name, _text(value)) for name, given in params.items() for value in _values(given)])
        return await self._run(method, caller, method.read_params(query.encode()), None, kind)

    async def do(self, caller: Caller, nsid: str, body: Mapping[str, object], kind: type[T]) -> T:
        """Call a procedure. Raises: Rejected with the method's own errors."""
        method = self._methods[nsid]
        return await self._run(method, caller, None, method.read_body(msgspec.json.encode(body)), kind)

    async def _run(self, method: AnyMethod, caller: Caller, params: object, body: object, kind: type[T]) -> T:
        _admit(method.access, caller)
        call = Call(params, body, caller, self._services, self._services.clock.now_us())
        if method.blocks:
            value = await self._workers.run(method.handle, call)
        else:
            value = await method.handle(call)  # type: ignore[misc]  # `blocks` says that this is a coroutine
        if isinstance(value, Answer):
            value = value.value
        return msgspec.json.decode(msgspec.json.encode(value), type=kind)


def _admit(access: Access, caller: Caller) -> None:
    if access.role is not None:
        caller.require(access.role)


def _values(given: object) -> Sequence[object]:
    if given is None or given is False or given == "":
        return ()
    return given if isinstance(given, (tuple, list)) else (given,)


def _text(value: object) -> str:
    return "true" if value is True else str(value)
