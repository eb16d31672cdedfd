"""Film a production on this machine: one stage, or one in each of several processes.

Who is filmed where makes no difference to a picture: every view is made of the plan, the seed, the
frame and the camera alone. The processes only draw; whoever asked keeps what they send, so one that
dies leaves nothing half done, and all end when the one that asked does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from mien.capture.protocol import View
from mien.capture.store.pictures import EncodedView, Encoding, encode_view
from mien.closing import Closing
from mien.errors import MienError
from mien.threads import limit_threads

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from mien.capture.synthetic.production import Production


@dataclass(frozen=True)
class Take:
    """Some views of one person.

    Args:
        seed: Who.
        views: Camera and frame of each, by index, in the order in which they are filmed.
    """

    seed: int
    views: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Filmed:
    """A view that was filmed."""

    seed: int
    camera: int
    frame: int
    view: EncodedView


class FilmSet(Closing):
    """A stage in this process, for life on one thread.

    Args:
        production: What is filmed.
        encoding: How pictures are written.

    Raises:
        RenderError: There is no OpenGL here.
    """

    def __init__(self, production: Production, encoding: Encoding) -> None:
        from mien.capture.synthetic.stage.stage import Stage
        from mien.rendering.opengl.context import headless_context

        self._production, self._encoding = production, encoding
        self._context = headless_context()
        self._stage = Stage(self._context, supersampling=production.supersampling)
        self._seed: int | None = None

    def film(self, take: Take) -> Iterator[Filmed]:
        """Yield the views of a take."""
        self._enter(take.seed)
        script = self._production.script(take.seed)
        posed: int | None = None
        for camera, frame in take.views:
            if frame != posed:
                self._stage.pose(script.states[frame])
                posed = frame
            view = encode_view(self.shoot(camera), self._encoding)
            yield Filmed(take.seed, camera, frame, view)

    def shoot(self, camera: int) -> View:
        """Return what a camera sees of who stands there as they stand."""
        plan = self._production
        shot = self._stage.shoot(plan.cameras[camera].camera, plan.lighting, plan.behind)
        return View(shot.rgb, shot.mask, shot.depth)

    def close(self) -> None:
        """Free the stage and its context."""
        self._stage.close()
        self._context.release()

    def _enter(self, seed: int) -> None:
        from mien.capture.synthetic.making import make_figure
        from mien.capture.synthetic.sampling import sample_person

        if seed != self._seed:
            figure = make_figure(sample_person(seed), texture=self._production.texture)
            self._stage.enter(figure)
            self._seed = seed


class Crew(Closing):
    """Several processes with a stage each. A context manager.

    Args:
        production: What is filmed.
        encoding: How pictures are written.
        num_workers: How many processes, at least one.
    """

    def __init__(self, production: Production, encoding: Encoding, num_workers: int) -> None:
        # Not forked: OpenGL and OpenMP do not survive it.
        spawn = multiprocessing.get_context("spawn")
        self._workers: dict[Connection, BaseProcess] = {}
        share = max(1, (os.cpu_count() or 1) // num_workers)
        for _ in range(num_workers):
            ours, theirs = spawn.Pipe()
            process = spawn.Process(
                target=_work, args=(theirs, production, encoding, share), daemon=True
            )
            process.start()
            # Or the end of the process would not be the end of the pipe.
            theirs.close()
            self._workers[ours] = process

    def film(self, takes: Iterable[Take]) -> Iterator[Filmed]:
        """Yield the views of takes as they come, each take to the next process that is free.

        Raises:
            MienError: A process fails or dies.
        """
        left = iter(takes)
        busy = {worker for worker in self._workers if _give_next(worker, left)}
        while busy:
            for worker in wait(list(busy)):
                assert isinstance(worker, Connection)
                answer = self._answer(worker)
                if isinstance(answer, Filmed):
                    yield answer
                elif not _give_next(worker, left):
                    busy.discard(worker)

    def close(self) -> None:
        """End the processes, whatever they are doing. Safe twice."""
        for connection, process in self._workers.items():
            connection.close()
            process.terminate()
        for process in self._workers.values():
            process.join(10)
        self._workers = {}

    def _answer(self, worker: Connection) -> Filmed | None:
        try:
            answer = worker.recv()
        except (EOFError, OSError) as error:
            raise MienError(
                "a process that films died, perhaps for lack of memory",
                hint="What is done is kept: start again, with fewer --workers",
            ) from error
        if isinstance(answer, MienError):
            raise answer
        return answer


def _give_next(worker: Connection, takes: Iterator[Take]) -> bool:
    """Send the next take to a process; return whether there was one."""
    take = next(takes, None)
    if take is not None:
        worker.send(take)
    return take is not None


def _work(connection: Connection, production: Production, encoding: Encoding, share: int) -> None:
    """Film what is sent until the pipe ends: the life of a process."""
    # Ctrl+C is for the one who asked, who ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Before anything draws: the library counts the cores when it starts.
    os.environ["LP_NUM_THREADS"] = str(share)
    limit_threads(share)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            with FilmSet(production, encoding) as film_set:
                while True:
                    for filmed in film_set.film(connection.recv()):
                        connection.send(filmed)
                    connection.send(None)
        except MienError as error:
            connection.send(MienError(error.message, hint=error.hint))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:  # noqa: BLE001 - who asked says what went wrong, and where
            connection.send(MienError(f"filming failed: {type(error).__name__}: {error}"))
