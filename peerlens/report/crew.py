"""Several processes that make the reports of a cohort, each from what was measured once."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from peerlens.engine.private import PrivateFolder
from peerlens.errors import PeerlensError
from peerlens.report.handover import hand_over, take_over

if TYPE_CHECKING:
    from peerlens.report.handover import HasTies

BATCH = 10
"""people whose rows are fetched together"""
FEWEST_EACH = 8
"""reports for which a process of its own is worth its start"""
START = "from peerlens.report.crew import serve; serve()"


def cores() -> int:
    """Return how many processes this one may run beside each other."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def batches(people: Sequence[str]) -> list[Sequence[str]]:
    """Part people into those whose rows are fetched together.

    Examples
    --------
    >>> [len(batch) for batch in batches(["a"] * 23)]
    [10, 10, 3]
    """
    return [people[at : at + BATCH] for at in range(0, len(people), BATCH)]


def make_together(network: HasTies, people: Sequence[str], job: dict[str, str], *, processes: int) -> Iterator[str]:
    """Let several processes make the reports of some people.

    Parameters
    ----------
    network
        Whose ties, with what does not depend on a person worked out already.
    people
        Whose reports.
    job
        What every process is told: ``folder, suffix, share``.
    processes
        How many.

    Yields
    ------
    str
        Each person once their report is there.

    Raises
    ------
    PeerlensError
        A report could not be made; the message says whose, and why.
    """
    with PrivateFolder() as folder:
        packed = hand_over(network, folder)
        waiting: queue.SimpleQueue[Sequence[str]] = queue.SimpleQueue()
        size = max(1, min(BATCH, -(-len(people) // processes)))
        for at in range(0, len(people), size):
            waiting.put(people[at : at + size])
        told: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
        workers = [_Worker(folder, packed, job, waiting, told, number=number) for number in range(processes)]
        try:
            left = len(people)
            while left:
                try:
                    said = told.get(timeout=1.0)  # so that Ctrl-C is heard on every system
                except queue.Empty:
                    continue
                if "error" in said:
                    raise PeerlensError(said["error"])
                left -= 1
                yield said["person"]
        finally:
            for worker in workers:
                worker.stop()


class _Worker:
    """One process, and a thread that hands it people."""

    def __init__(
        self,
        folder: Path,
        packed: bytes,
        job: dict[str, str],
        waiting: queue.SimpleQueue[Sequence[str]],
        told: queue.SimpleQueue[dict[str, str]],
        *,
        number: int,
    ) -> None:
        self.errors = folder / f"errors-{number}.txt"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", START, str(folder), json.dumps(job)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the process that was started by hand; it tells the others
            )
        self.packed, self.waiting, self.told = packed, waiting, told
        self.is_over = False
        self.thread = threading.Thread(target=self._hand_out, daemon=True)
        self.thread.start()

    def _hand_out(self) -> None:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(len(self.packed).to_bytes(8, "big") + self.packed)
            stdin.flush()
            while not self.is_over:
                batch = self.waiting.get_nowait()
                stdin.write(json.dumps(batch).encode() + b"\n")
                stdin.flush()
                for _ in batch:
                    line = stdout.readline()
                    if not line:
                        raise BrokenPipeError
                    self.told.put(json.loads(line))
        except queue.Empty:
            pass
        except (OSError, ValueError):  # it ended, or its pipe was closed meanwhile
            if not self.is_over:
                last = self.errors.read_text(encoding="utf-8", errors="replace").strip()[-2000:]
                self.told.put({"error": f"A process that makes reports ended before it was done. {last}".strip()})

    def stop(self) -> None:
        """Let the process finish the page it is at, and wait for it."""
        self.is_over = True
        # One that waits for people hears that there are none; one that makes a page hears that it is the last.
        if self.process.stdin is not None:
            with suppress(OSError, ValueError):
                self.process.stdin.close()
        with suppress(OSError):
            self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.thread.join(timeout=5)
        if self.process.stdout is not None:
            self.process.stdout.close()


def serve() -> None:
    """Make reports of whoever is named on standard input, until told to stop; what a process of a crew runs."""
    import gc

    from peerlens.report.cohort import make_pages

    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    gc.set_threshold(200_000, 50, 50)
    answers: IO[bytes] = os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr  # whatever prints, prints to the notes on errors
    job: dict[str, Any] = json.loads(sys.argv[2])
    size = int.from_bytes(sys.stdin.buffer.read(8), "big")
    network = take_over(sys.stdin.buffer.read(size), Path(sys.argv[1]))
    gc.freeze()  # what was handed over stays to the end
    for line in iter(sys.stdin.buffer.readline, b""):
        people = json.loads(line)
        try:
            for person in make_pages(network, people, **job):
                _say(answers, {"person": person})
                if stopped.is_set():
                    return
        except PeerlensError as error:
            _say(answers, {"error": str(error)})
            return


def _say(answers: IO[bytes], said: dict[str, str]) -> None:
    answers.write(json.dumps(said).encode() + b"\n")
    answers.flush()
