"""Names of errors that any method may answer with."""

from typing import Final

INVALID_REQUEST: Final = "InvalidRequest"
PAYLOAD_TOO_LARGE: Final = "PayloadTooLarge"
UPSTREAM_FAILURE: Final = "UpstreamFailure"
RATE_LIMITED: Final = "RateLimitExceeded"
