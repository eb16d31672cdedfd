"""Newest wins, errors are values, tasks end as they should."""

import threading
import time

import pytest

from mien.errors import Cancelled
from mien.events import Event
from mien.workers import LatestWorker, TaskRunner, TaskState


def collect():
    outcomes = []
    arrived = threading.Condition()

    def publish(outcome):
        with arrived:
            outcomes.append(outcome)
            arrived.notify_all()

    def wait_for(predicate):
        with arrived:
            assert arrived.wait_for(lambda: predicate(outcomes), timeout=10)

    return outcomes, publish, wait_for


def test_newest_request_wins_and_is_always_answered():
    outcomes, publish, wait_for = collect()

    def handle(number):
        time.sleep(0.01)
        return number * 2

    worker = LatestWorker("test", lambda: handle, publish)
    for number in range(200):
        worker.request(number)
        time.sleep(0.001)
    wait_for(lambda held: held and held[-1].request == 199)
    worker.close()
    assert outcomes[-1].value == 398
    assert len(outcomes) < 100
    assert len(outcomes) + sum(outcome.superseded for outcome in outcomes) == 200


def test_handler_lives_on_one_thread():
    threads = set()
    _, publish, wait_for = collect()

    def make():
        threads.add(threading.get_ident())
        return lambda _request: threads.add(threading.get_ident())

    def close():
        threads.add(threading.get_ident())

    worker = LatestWorker("test", make, publish, close_handler=close)
    worker.request(1)
    wait_for(lambda held: len(held) == 1)
    worker.close()
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_errors_travel_as_values():
    outcomes, publish, wait_for = collect()

    def handle(number):
        if number == 1:
            raise ValueError("no ones")
        return number

    worker = LatestWorker("test", lambda: handle, publish)
    worker.request(1)
    wait_for(lambda held: len(held) == 1)
    worker.request(2)
    wait_for(lambda held: len(held) == 2)
    worker.close()
    assert str(outcomes[0].error) == "no ones"
    assert outcomes[1].value == 2


def test_handler_that_cannot_be_made_answers_every_request():
    outcomes, publish, wait_for = collect()

    def make():
        raise RuntimeError("no device")

    worker = LatestWorker("test", make, publish)
    worker.request(1)
    wait_for(lambda held: len(held) == 1)
    worker.close()
    assert str(outcomes[0].error) == "no device"


@pytest.fixture
def runner():
    held = TaskRunner()
    yield held
    held.close()


def test_task_reports_and_ends(runner):
    seen = []

    def job(task):
        task.progress(0.5, "half way")
        return 7

    task = runner.start("Count", job, on_change=lambda t: seen.append((t.state, t.fraction)))
    assert task.wait(10)
    assert (task.state, task.result, task.message) == (TaskState.DONE, 7, "half way")
    assert (TaskState.RUNNING, 0.5) in seen
    assert runner.active == ()


def test_task_is_cancelled_at_its_next_report(runner):
    started = threading.Event()

    def job(task):
        started.set()
        while True:
            task.progress(None)
            time.sleep(0.001)

    task = runner.start("Forever", job)
    started.wait(10)
    task.cancel()
    assert task.wait(10)
    assert task.state is TaskState.CANCELLED
    assert isinstance(task.error, Cancelled)


def test_task_failure_is_kept(runner):
    task = runner.start("Fail", lambda _task: 1 / 0)
    assert task.wait(10)
    assert task.state is TaskState.FAILED
    assert isinstance(task.error, ZeroDivisionError)


def test_tasks_that_never_began_end_with_their_runner():
    runner = TaskRunner(1)
    going = threading.Event()

    def job(task):
        going.set()
        while True:
            task.progress(None)

    first, second = runner.start("First", job), runner.start("Second", job)
    going.wait(10)
    runner.close()
    assert first.wait(0)
    assert second.wait(0)
    assert second.state is TaskState.CANCELLED


def test_queued_task_is_known_before_it_begins(runner):
    order = []
    task = runner.start(
        "Order", lambda _task: order.append("run"), on_queued=lambda _task: order.append("queued")
    )
    task.wait(10)
    assert order == ["queued", "run"]


def test_listener_may_leave_while_called():
    event = Event()
    heard = []
    leave = event.connect(lambda value: (heard.append(("a", value)), leave()))
    event.connect(lambda value: heard.append(("b", value)))
    event.emit(1)
    event.emit(2)
    assert heard == [("a", 1), ("b", 1), ("b", 2)]
    assert len(event) == 1
