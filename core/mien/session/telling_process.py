"""A process that tells what happens: how it is begun, heard, told to stop, and what ends it.

Work that would make a user interface stutter goes to a process of its own. What it says comes
through a pipe, and so does what it is told; `telling` is the other end's.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mien.errors import Cancelled, MienError
from mien.workers import lower_priority

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Heard = TypeVar("Heard")

_SPARED_CORES = 1
"""Left to whoever watches."""
_LINGERING_SECS = 10.0
"""How long a process may take to be gone after its last word."""


class TellingProcess(ABC, Generic[Heard]):
    """A process at work, heard on a thread of its own.

    Those derived say what its words mean. It is heard as soon as it is made, so whatever that
    takes is set before.

    Args:
        name: Of the thread.
        work: The life of the process, a function of a module: it is given its end of the pipe.
        given: And what else.
        tell: Called with everything it says.
    """

    def __init__(
        self,
        name: str,
        work: Callable[..., None],
        given: tuple[object, ...],
        tell: Callable[[Heard | MienError], object],
    ) -> None:
        import multiprocessing

        self._tell = tell
        # Not forked: OpenMP does not survive it.
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=work, args=(theirs, *given), daemon=True)
        self._process.start()
        # Or the end of the process would not be the end of the pipe.
        theirs.close()
        self._thread = threading.Thread(target=self._listen, name=name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its last word is still to come."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ask it to end what it does with the best so far. Safe at any time."""
        self._send(None)

    def _send(self, said: object) -> None:
        with suppress(OSError):
            self._pipe.send(said)

    def _end(self, timeout_secs: float) -> None:
        """Wait until it is over, and end it by force where that takes too long."""
        self._thread.join(timeout_secs)
        if self._process.is_alive():
            self._process.terminate()
        self._process.join(timeout_secs)
        self._thread.join(timeout_secs)

    def _listen(self) -> None:
        last: Heard | MienError | None = None
        while last is None:
            try:
                said = self._understood(self._pipe.recv())
            except (EOFError, OSError):
                last = self._death()
                break
            except MienError as error:
                said = error
            if self._is_last(said):
                last = said
            else:
                self._tell(said)
        self._process.join(_LINGERING_SECS)
        self._pipe.close()
        self._tell(last)

    def _how_it_ended(self) -> str:
        self._process.join(_LINGERING_SECS)
        code = self._process.exitcode
        return f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"

    @abstractmethod
    def _understood(self, said: Any) -> Heard | MienError:
        """Return what something means that came through the pipe; may raise a MienError."""

    @abstractmethod
    def _is_last(self, said: Heard | MienError) -> bool:
        """Say whether the process ends after a word."""

    @abstractmethod
    def _death(self) -> MienError:
        """Return what to say of a process that ended without a last word."""


def step_aside() -> None:
    """Make a process one that works beside a user interface: first of all it does."""
    import signal

    # Ctrl+C is for the one who asked, who stops this process in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lower_priority()


def take_few_threads() -> None:
    """Leave a core to whoever watches. Loads torch."""
    import torch

    from mien.threads import limit_threads, num_threads

    share = max(min(num_threads(), os.cpu_count() or 1) - _SPARED_CORES, 1)
    limit_threads(share)
    torch.set_num_threads(share)


@contextmanager
def telling(pipe: Connection, doing: str, *, sparing: str) -> Generator[None]:
    """Tell the other end what goes wrong, and go on.

    Args:
        pipe: Where to.
        doing: What is done, as in "fitting".
        sparing: What to try where memory does not suffice.

    Raises:
        OSError: Nobody listens any more.
        EOFError: The same.
    """
    try:
        yield
    except (BrokenPipeError, ConnectionResetError, EOFError):
        raise
    except Cancelled:
        pipe.send(Cancelled())
    except MienError as error:
        # Not itself: kinds of errors need not survive a pipe.
        pipe.send(MienError(error.message, hint=error.hint))
    except MemoryError:
        pipe.send(MienError(f"{doing} needs more memory than there is", hint=sparing))
    except OSError as error:
        pipe.send(MienError(f"{doing} failed: {error}"))
    except Exception as error:  # noqa: BLE001 - who asked says what went wrong
        pipe.send(MienError(f"{doing} failed: {type(error).__name__}: {error}"))
