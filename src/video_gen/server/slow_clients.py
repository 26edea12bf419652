"""Connections of those who send or read too slowly are closed, so that nobody can hold them for ever.

How slowly a body may come is decided in `bodies`, where it can be answered.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEADER_SECONDS: Final = 15.0
"""For the head of a request, from its first byte; for the first request, from the connection on."""
READ_SECONDS: Final = 60.0
"""For a client to take what is waiting for it."""


class PatientProtocol(H11Protocol):
    """uvicorn's protocol with limits to its patience."""

    header_seconds = HEADER_SECONDS
    read_seconds = READ_SECONDS
    _head: asyncio.TimerHandle | None = None
    _reader: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that has begun has to end."""
        super().data_received(data)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            self._expect_head()
        else:
            self._head = _cancelled(self._head)

    def pause_writing(self) -> None:
        """Expect the client to read."""
        super().pause_writing()
        self._reader = self.loop.call_later(self.read_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Know that it did."""
        self._reader = _cancelled(self._reader)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect no more."""
        self._head, self._reader = _cancelled(self._head), _cancelled(self._reader)
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(self.header_seconds, self.transport.abort)


def _cancelled(timer: asyncio.TimerHandle | None) -> Any:
    if timer is not None:
        timer.cancel()
