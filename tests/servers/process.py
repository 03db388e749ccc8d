"""Turn a command line into a server: wait until it says that it is ready, kill or stop it with all its children."""

import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


class ServerFailedError(AssertionError):
    """A server ended, or said nothing, while a test waited for it; carries the tail of what it wrote."""


@dataclass(slots=True)
class Server:
    """A process in a group of its own; `errors` is the file with what it wrote on standard error."""

    process: subprocess.Popen[bytes]
    errors: Path

    @classmethod
    def start(cls, command: Sequence[str], errors: Path, environment: Mapping[str, str] | None = None) -> Self:
        """Run `command`; its standard input stays open until it is stopped."""
        with errors.open("ab") as sink:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        return cls(process, errors)

    def ready_line(self, timeout_s: float) -> dict[str, Any]:
        """Wait for the first line on standard output that is a JSON object."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + timeout_s
        pending = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while selector.select(max(0.0, deadline - time.monotonic())):
                chunk = os.read(self.process.stdout.fileno(), 65_536)
                if not chunk:
                    raise ServerFailedError(f"ended before it was ready\n{self.tail()}")
                *lines, pending = (pending + chunk).split(b"\n")
                for line in lines:
                    if line.startswith(b"{"):
                        ready: dict[str, Any] = json.loads(line)
                        return ready
        raise ServerFailedError(f"not ready after {timeout_s} s\n{self.tail()}")

    def wait_until(self, condition: Callable[[], bool], timeout_s: float, what: str, every_s: float = 0.02) -> None:
        """Ask again and again whether `condition` holds; another process can tell us in no better way.

        Raises: ServerFailedError naming `what`, after `timeout_s` or when the server ends before.
        """
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                raise ServerFailedError(f"not within {timeout_s} s: {what}\n{self.tail()}")
            self.runs_for(every_s)

    def runs_for(self, seconds: float) -> None:
        """Watch it for so long. Raises: ServerFailedError when it ends meanwhile."""
        with suppress(subprocess.TimeoutExpired):
            code = self.process.wait(seconds)
            raise ServerFailedError(f"ended by itself with code {code}\n{self.tail()}")

    def kill(self) -> None:
        """kill -9 the whole group: no process of it runs another instruction of its own."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self._reap(timeout_s=10)

    def stop(self, timeout_s: float) -> int:
        """SIGTERM to the first process, as an operator would; return the exit code.

        Raises: ServerFailedError when it runs on after `timeout_s`; it is killed then.
        """
        self.process.terminate()
        try:
            return self._reap(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailedError(f"still running {timeout_s} s after SIGTERM\n{self.tail()}") from None

    def peak_bytes(self) -> int:
        """The most memory that the first process has ever had resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def close(self) -> None:
        """End it by any means; for the end of a fixture."""
        if self.process.poll() is None:
            self.kill()
        else:
            self._reap(timeout_s=0)

    def tail(self, size: int = 4_000) -> str:
        """The end of what it wrote on standard error."""
        return self.errors.read_bytes()[-size:].decode(errors="replace")

    def _reap(self, timeout_s: float) -> int:
        code = self.process.wait(timeout_s)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        return code
