"""The window's own actions: files, undo, the camera, comparing, playing and help."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from mien.editing.commands import SetLook, SwapLooks
from mien.rendering.selection import renderer_names
from mien_studio.bridge.actions import Action
from mien_studio.bridge.studio import Studio
from mien_studio.viewport import navigation
from mien_studio.viewport.overlays import COMPARE_MODES
from mien_studio.viewport.view import Viewport
from mien_studio.window.docks import PanelDock
from mien_studio.window.files import Files

if TYPE_CHECKING:
    from mien_studio.main_window import MainWindow


def add_file_actions(studio: Studio, files: Files, window: MainWindow) -> None:
    """Add what the File menu holds."""
    add = studio.actions.add
    session = studio.session
    add(Action("file.new", "New Session", files.new, "Ctrl+N", "File"))
    add(Action("file.open", "Open…", files.open_dialog, "Ctrl+O", "File", icon="open"))
    add(Action("file.template", "Open Head Template…", files.choose_template, "", "File"))
    add(Action("file.demo", "Open the Demo", files.open_demo, "", "File"))
    add(Action("file.painted", "Open the Painted People", files.open_painted, "", "File"))
    add(Action("file.save", "Save", files.save, "Ctrl+S", "File", group=1, icon="save",
               enabled=lambda: session.history.modified or session.path is None))  # fmt: skip
    add(Action("file.save_as", "Save As…", files.save_as, "Ctrl+Shift+S", "File", group=1))
    add(Action("file.quit", "Quit", window.close, "Ctrl+Q", "File", group=9))


def add_edit_actions(studio: Studio) -> None:
    """Add undo and redo, which say what they would do."""
    history = studio.session.history
    studio.actions.add(
        Action("edit.undo", "Undo", studio.undo, "Ctrl+Z", "Edit", icon="undo",
               enabled=lambda: history.undo_label is not None,
               label=lambda: f"Undo {history.undo_label or ''}".strip())
    )  # fmt: skip
    studio.actions.add(
        Action("edit.redo", "Redo", studio.redo, "Ctrl+Shift+Z", "Edit", icon="redo",
               enabled=lambda: history.redo_label is not None,
               label=lambda: f"Redo {history.redo_label or ''}".strip())
    )  # fmt: skip


def add_camera_actions(studio: Studio, viewport: Viewport) -> None:
    """Add framing, the named views, the pixel inspector and magnification."""
    add = studio.actions.add
    session, pilot = studio.session, viewport.pilot

    def aspect() -> float:
        placement = viewport.placement()
        return placement.picture[0] / placement.picture[1]

    def frame() -> None:
        fitted = session.framed(aspect())
        if fitted is not None:
            pilot.go_to(fitted)

    def reset() -> None:
        fitted = session.framed(aspect())
        if fitted is not None:
            studio.update_view(orbit_b=None, magnification=1)
            pilot.go_to(navigation.viewed_from(fitted, "front"))

    def look_from(name: str) -> None:
        pilot.go_to(navigation.viewed_from(pilot.orbit("A"), name))

    def toggle_linked() -> None:
        view = session.view.state
        studio.update_view(orbit_b=None if not view.linked else view.orbit)

    def magnify(steps: int) -> None:
        width, height = viewport.device_size
        pilot.magnify(steps, width / 2, height / 2)

    add(Action("view.frame", "Frame", frame, "F", "View", icon="frame"))
    add(Action("view.reset", "Reset View", reset, "Shift+F", "View", icon="reset"))
    keys = {"front": "1", "left": "2", "right": "3", "back": "4"}
    for name in navigation.VIEWS:
        title = f"{name.capitalize()} View"
        add(Action(f"view.{name}", title, partial(look_from, name), keys[name], "View", group=1))
    add(Action("view.magnify", "Magnify Pixels", partial(magnify, 1), "Ctrl++", "View", group=2))
    add(Action("view.shrink", "Shrink Pixels", partial(magnify, -1), "Ctrl+-", "View", group=2))
    add(Action("view.actual", "Actual Pixels",
               lambda: studio.update_view(magnification=1), "Ctrl+0", "View", group=2))  # fmt: skip
    add(
        Action(
            "view.exposure_up", "Brighter", lambda: _expose(studio, 0.5), "Ctrl+]", "View", group=3
        )
    )
    add(
        Action(
            "view.exposure_down", "Darker", lambda: _expose(studio, -0.5), "Ctrl+[", "View", group=3
        )
    )
    add(Action("view.exposure_reset", "Reset Exposure",
               lambda: studio.update_view(exposure=0.0), "", "View", group=3))  # fmt: skip
    add(Action("view.inspector", "Pixel Inspector",
               lambda: viewport.set_inspecting(not viewport.inspecting), "I", "View", group=4,
               checkable=True, checked=lambda: viewport.inspecting))  # fmt: skip
    add(Action("view.linked", "Link Cameras of A and B", toggle_linked, "", "View/Compare", group=2,
               checkable=True, checked=lambda: session.view.state.linked))  # fmt: skip


def add_compare_actions(studio: Studio, viewport: Viewport) -> None:
    """Add the compare modes and what fills A and B."""
    add = studio.actions.add
    session = studio.session

    def has_b() -> bool:
        return session.document.shows("B")

    for number, (mode, title, _) in enumerate(COMPARE_MODES):
        add(Action(f"compare.{mode}", title, partial(_compare, studio, mode), f"Alt+{number + 1}",
                   "View/Compare", checkable=True, icon=f"compare-{mode}",
                   checked=partial(_is_mode, studio, mode),
                   enabled=None if mode == "single" else has_b))  # fmt: skip

    def keep_as_b() -> None:
        look = session.document.look("A")
        if look is not None:
            studio.push(SetLook("B", look, label="Keep A as B"))

    def clear_b() -> None:
        studio.push(SetLook("B", None, label="Clear B"))

    add(Action("compare.keep", "Keep A as B", keep_as_b, "Ctrl+B", "View/Compare", group=1,
               enabled=lambda: session.document.look("A") is not None))  # fmt: skip
    add(Action("compare.swap", "Swap A and B", lambda: studio.push(SwapLooks()), "X",
               "View/Compare", group=1, enabled=has_b, icon="swap"))  # fmt: skip
    add(Action("compare.clear", "Clear B", clear_b, "", "View/Compare", group=1, enabled=has_b))
    add(Action("compare.peek", "Show B While Held",
               lambda: viewport.set_peeking(not viewport.peeking), "B", "View/Compare", group=1,
               enabled=has_b, held=viewport.set_peeking))  # fmt: skip


def add_play_actions(studio: Studio) -> None:
    """Add the timeline's transport."""
    add = studio.actions.add
    player, session = studio.player, studio.session

    def playing() -> bool:
        return session.view.state.playing

    menu = "Timeline"
    add(Action("play.toggle", "Play", player.toggle, "Space", menu, checkable=True,
               checked=playing, icon="play"))  # fmt: skip
    add(Action("play.backward", "Play Backward", partial(player.shuttle, -1), "J", menu))
    add(Action("play.pause", "Pause", player.pause, "K", menu, icon="pause"))
    add(Action("play.forward", "Play Forward", partial(player.shuttle, 1), "L", menu))
    add(Action("play.previous", "Previous Frame", partial(player.step, -1), "Left", menu, group=1,
               icon="step-back"))  # fmt: skip
    add(Action("play.next", "Next Frame", partial(player.step, 1), "Right", menu, group=1,
               icon="step-forward"))  # fmt: skip
    add(Action("play.start", "Go to Start", player.go_to_start, "Home", menu, group=1,
               icon="to-start"))  # fmt: skip
    add(Action("play.end", "Go to End", player.go_to_end, "End", menu, group=1, icon="to-end"))
    add(Action("play.in", "Set In Point", player.set_in, "[", menu, group=2, icon="in"))
    add(Action("play.out", "Set Out Point", player.set_out, "]", menu, group=2, icon="out"))
    add(Action("play.clear_range", "Clear In and Out", player.clear_range, "", menu, group=2))
    for mode, title in (("loop", "Loop"), ("ping-pong", "Ping-Pong"), ("once", "Play Once")):
        add(Action(f"play.{mode}", title, partial(_loop, studio, mode), "", menu, group=3,
                   checkable=True, checked=partial(_loops, studio, mode), icon=mode))  # fmt: skip


def add_window_actions(studio: Studio, window: MainWindow) -> None:
    """Add panels, renderers, the palette and help."""
    add = studio.actions.add
    for dock in window.docks:
        add(Action(f"window.{dock.objectName()}", dock.windowTitle(),
                   partial(window.toggle_dock, dock), "", "View/Panels", group=6, checkable=True,
                   checked=partial(_is_shown, dock)))  # fmt: skip
    add(Action("window.panels", "Hide All Panels", window.toggle_all_docks, "Tab", "View/Panels",
               group=7, checkable=True, checked=lambda: window.bare))  # fmt: skip
    add(Action("window.reset", "Reset Layout", window.reset_layout, "", "View/Panels", group=7))
    add(Action("window.full_screen", "Full Screen", window.toggle_full_screen, "F11", "View",
               group=7, checkable=True, checked=window.isFullScreen))  # fmt: skip
    for name in renderer_names():
        add(Action(f"renderer.{name}", name, partial(studio.frames.set_renderer, name), "",
                   "View/Renderer", group=6, checkable=True,
                   checked=partial(_draws, studio, name)))  # fmt: skip
    add(Action("help.palette", "Search Commands…", window.show_palette, "Ctrl+Shift+P", "Help",
               icon="search"))  # fmt: skip
    add(Action("help.shortcuts", "Keyboard Shortcuts…", window.show_shortcuts, "?", "Help",
               icon="keyboard"))  # fmt: skip
    add(Action("help.about", "About Mien", window.show_about, "", "Help", group=1, icon="info"))
    add(Action("help.about_qt", "About Qt", QApplication.aboutQt, "", "Help", group=1))


def _compare(studio: Studio, mode: str) -> None:
    studio.update_view(compare=mode)


def _is_mode(studio: Studio, mode: str) -> bool:
    return studio.session.view.state.compare == mode


def _loop(studio: Studio, mode: str) -> None:
    studio.update_view(loop=mode)


def _loops(studio: Studio, mode: str) -> bool:
    return studio.session.view.state.loop == mode


def _is_shown(dock: PanelDock) -> bool:
    return not dock.isHidden()


def _draws(studio: Studio, name: str) -> bool:
    return studio.frames.renderer == name


def _expose(studio: Studio, stops: float) -> None:
    exposure = studio.session.view.state.exposure + stops
    studio.update_view(exposure=min(max(exposure, -6.0), 6.0))
