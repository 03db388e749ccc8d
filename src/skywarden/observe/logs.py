"""Turn catalogue log events into JSON lines on stderr."""

import sys
from typing import Any, TextIO

import structlog

from skywarden.observe.catalog import LogEvent


def configure_logs(stream: TextIO | None = None, *, pretty: bool = False) -> None:
    """Send every log line of this process to `stream` (default stderr) as JSON, or coloured text for people."""
    renderer: Any = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        # Looked up for each logger: a process that changes its stderr, as tests do, must not write to the closed one.
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),
    )


class Logger:
    """Log lines of one part of the platform; takes only names from the catalogue."""

    def __init__(self, part: str) -> None:
        self._inner = structlog.get_logger().bind(part=part)

    def info(self, event: LogEvent, **fields: object) -> None:
        self._inner.info(event.name, **fields)

    def warning(self, event: LogEvent, **fields: object) -> None:
        self._inner.warning(event.name, **fields)

    def error(self, event: LogEvent, *, error: BaseException | None = None, **fields: object) -> None:
        """Log at level error, with the traceback of `error` where one is given."""
        self._inner.error(event.name, exc_info=error, **fields)
