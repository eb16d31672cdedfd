"""Pictures from `gsplat` into a screen texture, where there is a CUDA GPU."""

from __future__ import annotations

from collections.abc import Iterator

from mien.cli.bench.registry import BenchContext, Row, bench_group
from mien.cli.bench.scenes import Scene, lam_avatar, shell
from mien.rendering import Renderer, RenderOptions, make_renderer, renderers

SIZE = (1920, 1080)
TARGET = 240.0
_YAW_STEP = 0.02
_AS_SHOWN = RenderOptions(depth=False, eight_bit=True)


def _named(title: str) -> str:
    return f"gsplat, {title} at {SIZE[0]}x{SIZE[1]} into a texture"


@bench_group("gpu")
def rows(context: BenchContext) -> Iterator[Row]:
    """Yield frames a second of an orbit around the LAM avatar and around 200k Gaussians."""
    scenes = {"LAM avatar": lam_avatar(context), "200k Gaussians": shell(200_000)}
    problem = renderers.get("gsplat").unavailable()
    if problem:
        for title in scenes:
            yield Row.not_applicable(_named(title), problem, unit="fps", target=TARGET)
        return
    renderer = make_renderer("gsplat")
    try:
        for title, scene in scenes.items():
            if scene is None:
                reason = "the avatar is not at hand (see --data)"
                yield Row.not_applicable(_named(title), reason, unit="fps", target=TARGET)
            else:
                fps, how = _orbit(scene, renderer, context)
                yield Row.at_least(_named(title), fps, unit="fps", target=TARGET, note=how)
    finally:
        renderer.close()


def _orbit(scene: Scene, renderer: Renderer, context: BenchContext) -> tuple[float, str]:
    """Return frames a second while turning, and through which OpenGL."""
    from mien.rendering.opengl.context import driver_of, headless_context

    gl = headless_context()
    texture = gl.texture(SIZE, 3, alignment=1)
    yaw = 0.0

    def one_frame() -> None:
        nonlocal yaw
        yaw += _YAW_STEP
        frame = renderer.render(scene.cloud, scene.camera(SIZE, yaw=yaw), _AS_SHOWN)
        texture.write(frame.rgb8, alignment=1)
        gl.finish()

    try:
        secs = context.median_secs(one_frame, warm_ups=5)
        return 1 / secs, f"{driver_of(gl).renderer}, through pinned memory"
    finally:
        texture.release()
        gl.release()
