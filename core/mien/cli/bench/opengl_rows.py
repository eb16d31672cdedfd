"""The `cpu` renderer against `opengl` where OpenGL, too, is drawn by the CPU."""

from __future__ import annotations

from collections.abc import Iterator

from mien.cli.bench.registry import BenchContext, Row, bench_group
from mien.cli.bench.scenes import lam_avatar, shell
from mien.image import psnr
from mien.rendering import RenderOptions, make_renderer, renderers

SIZE = (960, 540)
TARGET = 3.0
PARITY_TARGET = 40.0
_SPEED = "cpu renderer against opengl in software"
_PARITY = "opengl renderer's picture against cpu's"
_AS_SHOWN = RenderOptions(depth=False, eight_bit=True)


@bench_group("opengl")
def rows(context: BenchContext) -> Iterator[Row]:
    """Yield how much faster the CPU renderer is, and how alike the pictures are."""
    info = renderers.get("opengl")
    if info.unavailable():
        yield Row.not_applicable(_SPEED, info.unavailable(), unit="x", target=TARGET)
        return
    scene = lam_avatar(context) or shell(20_000)
    camera, title = scene.camera(SIZE), f"{scene.title} at {SIZE[0]}x{SIZE[1]}"
    cpu, opengl = make_renderer("cpu"), make_renderer("opengl")
    try:
        alike = psnr(opengl.render(scene.cloud, camera).rgb, cpu.render(scene.cloud, camera).rgb)
        yield Row.at_least(_PARITY, alike, unit="dB", target=PARITY_TARGET, note=title)
        if info.accelerated():
            reason = f"OpenGL is {opengl.capabilities.device} here"
            yield Row.not_applicable(_SPEED, reason, unit="x", target=TARGET)
            return
        faster = context.ratio(
            lambda: opengl.render(scene.cloud, camera, _AS_SHOWN),
            lambda: cpu.render(scene.cloud, camera, _AS_SHOWN),
        )
        yield Row.at_least(_SPEED, faster, unit="x", target=TARGET, note=title)
    finally:
        cpu.close()
        opengl.close()
