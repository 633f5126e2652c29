"""Candidates' machines without a browser: each saves change after change, hands in, and remembers what it was told.

A machine outlives its server: it goes on with the next one, and asks again for a receipt that it never heard of.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from scripts.benchmark import candidates
from scripts.benchmark.world import Place

POSITIONS = range(1, 21)
EXAM = "/api/v1/exam"
# Nothing within this is an answer that never comes (seconds).
ANSWERED_WITHIN = 180


@dataclass(frozen=True)
class Change:
    """One change of one item."""

    position: int
    seq: int
    choice: str


@dataclass
class Line:
    """One connection to a server that may die at any moment."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, request: bytes) -> tuple[int, Any]:
        """Status and body of one exchange.

        Raises:
            OSError, asyncio.IncompleteReadError: the server has died before its reply was whole.
        """
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        return int(head.split()[1]), json.loads(await self.reader.readexactly(length))


@dataclass
class Machine:
    """One candidate's machine; ``kinds`` says what each position accepts."""

    place: Place
    kinds: dict[int, str]
    sent: dict[Change, bool] = field(default_factory=dict)
    """Every change that was ever sent, and whether it was acknowledged."""
    receipt: dict[str, Any] | None = None
    leaving: bool = False
    """It hands in as soon as it has been answered once."""
    seq: int = 0
    went_on_after: float | None = None
    """Seconds from the start of the servers until its first acknowledgement."""

    def next(self) -> Change:
        self.seq += 1
        position = POSITIONS[self.seq % len(POSITIONS)]
        choices = "TF" if self.kinds[position] == "true_false" else "ABCD"
        return Change(position, self.seq, choices[self.seq % len(choices)])

    async def work(self, port: int, began: float) -> None:
        """Save, and hand in when it is time to, until the server is gone."""
        self.went_on_after = None
        try:
            line = Line(*await asyncio.open_connection("127.0.0.1", port))
        except OSError:
            return
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, json.JSONDecodeError):
            while self.receipt is None:
                await (self._hand_in(line) if self._has_answered() and self.leaving else self._save(line))
                if self.went_on_after is None:
                    self.went_on_after = asyncio.get_running_loop().time() - began
            # Whoever has handed in before is still shown the same receipt.
            await self._look(line)
            self.went_on_after = self.went_on_after or asyncio.get_running_loop().time() - began
        line.writer.close()

    def _has_answered(self) -> bool:
        return any(self.sent.values())

    async def _save(self, line: Line) -> None:
        change = self.next()
        self.sent[change] = False
        body = {"choice": change.choice, "flagged": False, "seq": change.seq}
        status, content = await line.ask(
            candidates.request(self.place, "PUT", f"{EXAM}/answers/{change.position}", body)
        )
        if self.leaving and status == 401:
            return await self._look(line)
        assert (status, content.get("seq")) == (200, change.seq), content
        self.sent[change] = True
        return None

    async def _hand_in(self, line: Line) -> None:
        """Again is harmless: a machine that never heard of its first hand-in is shown the receipt of it."""
        status, content = await line.ask(candidates.request(self.place, "POST", f"{EXAM}/hand-in"))
        if status == 401:
            return await self._look(line)
        assert status == 200, content
        self._keep(content["receipt"])
        return None

    async def _look(self, line: Line) -> None:
        status, content = await line.ask(candidates.request(self.place, "GET", f"{EXAM}/receipt"))
        assert status == 200, content
        self._keep(content)

    def _keep(self, receipt: dict[str, Any]) -> None:
        assert self.receipt in (None, receipt), "one sheet has two receipts"
        self.receipt = receipt


def acknowledged(machine: Machine) -> dict[int, Change]:
    """The newest acknowledged change of each position."""
    newest: dict[int, Change] = {}
    for change, told in machine.sent.items():
        if told:
            newest[change.position] = change
    return newest


async def until(machines: list[Machine], began: float) -> None:
    """Wait until every machine has been answered since the servers were started."""
    while any(machine.went_on_after is None for machine in machines):
        await asyncio.sleep(0.01)
        assert asyncio.get_running_loop().time() - began < ANSWERED_WITHIN, [
            machine.place.seat_id for machine in machines if machine.went_on_after is None
        ]
