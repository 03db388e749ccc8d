"""Turn Jetstream's compressed messages into text, with the dictionary that the server publishes."""

import httpx
import zstandard

from skywarden.ingest.sources.wire import LinkLost
from skywarden.kernel.errors import Rejected

MAX_TEXT_BYTES = 8 * 1024 * 1024
MAX_DICTIONARY_BYTES = 4 * 1024 * 1024
METHOD = "/xrpc/network.bsky.jetstream.getZstdDictionary"
FETCH_TIMEOUT_S = 20.0


class Inflater:
    """Decompresses messages that were made with one dictionary."""

    def __init__(self, dictionary: bytes) -> None:
        known = zstandard.ZstdCompressionDict(dictionary)
        self.dictionary_id = known.dict_id()
        self._inner = zstandard.ZstdDecompressor(dict_data=known)

    def text(self, data: bytes) -> bytes:
        """Decompress one message. Raises: Rejected, when it is not zstd or would grow past MAX_TEXT_BYTES."""
        try:
            if zstandard.frame_content_size(data) > MAX_TEXT_BYTES:
                raise Rejected("zstd-too-large", expected=f"at most {MAX_TEXT_BYTES} bytes")
            return self._inner.decompress(data, max_output_size=MAX_TEXT_BYTES)
        except zstandard.ZstdError as error:
            raise Rejected("zstd", expected="a zstd frame with the agreed dictionary", found=str(error)) from error


async def fetch_dictionary(base_url: str, dictionary_id: int | None = None) -> bytes | None:
    """Ask a Jetstream server (http or https URL) for its dictionary; None when it offers none.

    Raises: LinkLost, when it cannot be reached now.
    """
    params = {} if dictionary_id is None else {"id": dictionary_id}
    try:
        async with (
            httpx.AsyncClient(timeout=FETCH_TIMEOUT_S) as client,
            client.stream("GET", base_url + METHOD, params=params) as response,
        ):
            if 400 <= response.status_code < 500 and response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                return None
            response.raise_for_status()
            return await _read_bounded(response)
    except httpx.HTTPError as error:
        raise LinkLost("no-dictionary", str(error)) from error


async def _read_bounded(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_DICTIONARY_BYTES:
            raise LinkLost("no-dictionary", f"more than {MAX_DICTIONARY_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)
