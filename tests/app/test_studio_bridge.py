from __future__ import annotations

import threading
import time

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QWidget

from mien.editing.commands import RenameAsset, SetDrive, SetState
from mien.editing.document import Drive
from mien.errors import MienError
from mien.workers import TaskState
from mien_studio.application import ErrorReports
from mien_studio.bridge.garbage import UiGarbageCollector


def test_what_a_command_cannot_do_is_a_notice_and_no_crash(studio):
    notices = []
    studio.noticed.connect(notices.append)
    assert not studio.push(SetDrive(Drive(source="nowhere")))
    assert not studio.push(RenameAsset("nowhere", "x"))
    assert [notice.level for notice in notices] == ["error", "error"]
    assert not studio.session.history.modified


def test_a_gesture_is_one_step(studio):
    state = studio.session.document.state
    studio.begin_gesture("Jaw")
    for value in (0.1, 0.2, 0.3):
        studio.push(SetState(state.of({"jawOpen": value})))
    studio.end_gesture()
    studio.undo()
    assert studio.session.document.state == state
    studio.redo()
    assert studio.session.document.state.weight("jawOpen") == pytest.approx(0.3)


def test_jobs_end_on_the_ui_thread(studio, qapp, wait_for):
    ended = []

    def job(task):
        for step in range(2000):
            task.progress(step / 2000)
        return threading.current_thread().name

    def done(result):
        ended.append((result, QThread.currentThread()))

    heard = []
    studio.task_changed.connect(lambda task: heard.append(QThread.currentThread()))
    studio.run("Counting", job, done=done)
    wait_for(lambda: ended)
    assert ended[0][0].startswith("task")
    assert ended[0][1] is qapp.thread()
    assert set(heard) == {qapp.thread()}
    assert len(heard) < 2000, "progress is gathered"


def test_a_failed_job_is_a_notice_unless_somebody_takes_it(studio, wait_for):
    notices, taken = [], []
    studio.noticed.connect(notices.append)

    def fail(_task):
        raise MienError("no disk space", hint="Free some")

    studio.run("Saving", fail)
    wait_for(lambda: notices)
    assert (notices[0].text, notices[0].hint) == ("no disk space", "Free some")
    studio.run("Saving", fail, failed=taken.append)
    wait_for(lambda: taken)
    assert len(notices) == 1


def test_a_cancelled_job_ends_in_silence(studio, wait_for):
    notices = []
    studio.noticed.connect(notices.append)

    def forever(task):
        while True:
            task.progress(None)
            time.sleep(0.001)

    task = studio.run("Waiting", forever)
    wait_for(lambda: task.state is TaskState.RUNNING)
    task.cancel()
    wait_for(lambda: task.finished)
    wait_for(lambda: task not in studio._endings)
    assert not notices


def test_the_view_changed_from_another_thread_is_heard_on_the_ui_thread(studio, qapp, wait_for):
    heard = []
    studio.view_changed.connect(lambda view: heard.append((view.exposure, QThread.currentThread())))
    thread = threading.Thread(target=lambda: studio.update_view(exposure=1.0))
    thread.start()
    thread.join()
    wait_for(lambda: heard)
    assert heard == [(1.0, qapp.thread())]


def test_a_bad_file_gives_its_one_line(studio, bad_files, wait_for):
    notices = []
    studio.noticed.connect(notices.append)
    label, path = bad_files[0][0], bad_files[0][1]
    studio.session.add_files([path])
    wait_for(lambda: notices)
    assert len(notices) == 1, label
    assert notices[0].level == "error"
    assert "\n" not in notices[0].text
    assert "Traceback" not in notices[0].text


def test_an_error_nobody_caught_is_a_notice_and_a_line_in_the_log(studio, capsys):
    notices = []
    studio.noticed.connect(notices.append)
    reports = ErrorReports(studio)
    try:
        raise ZeroDivisionError("by hand")
    except ZeroDivisionError as error:
        reports._on_error(type(error), error, error.__traceback__)
    assert notices[0].text == "ZeroDivisionError: by hand"
    assert "by hand" in reports.log.read_text(encoding="utf-8")
    assert "by hand" in capsys.readouterr().err


def test_thumbnails_are_live_and_remembered(studio, people, wait_for):
    studio.session.show(people)
    wait_for(lambda: studio.session.avatar() is not None)
    blend = studio.session.blend("A", 0.0)
    delivered = []
    studio.thumbnails.request("somebody", blend, 48, delivered.append)
    assert not delivered
    wait_for(lambda: delivered)
    image = delivered[0].toImage()
    ratio = delivered[0].devicePixelRatio()
    assert image.width() == image.height() == round(48 * ratio)
    colours = {image.pixel(x, image.height() // 2) for x in range(image.width())}
    assert len(colours) > 8, "somebody is seen"
    studio.thumbnails.request("somebody", blend, 48, delivered.append)
    assert len(delivered) == 2, "what is held is there at once"


def test_widgets_in_cycles_die_on_the_ui_thread(qapp, wait_for):
    died = []

    class Knot(QWidget):
        def __init__(self) -> None:
            super().__init__()
            self.itself = self

        def __del__(self) -> None:
            died.append(threading.current_thread() is threading.main_thread())

    garbage = UiGarbageCollector(qapp)
    Knot()
    thread = threading.Thread(target=lambda: [[] for _ in range(200_000)])
    thread.start()
    thread.join()
    assert not died
    held = [[] for _ in range(5000)]
    wait_for(lambda: died, secs=10)
    assert died == [True]
    assert held
    garbage.stop()
