import sys
import threading
from pathlib import Path

import pytest

from mien.registry import Registry


@pytest.fixture
def slow_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package whose entries take a while to import, as real formats do."""
    package = tmp_path / "slow_entries"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from mien.registry import Registry\nentries = Registry('x', __name__)\n"
    )
    for name in ("first", "second"):
        (package / f"{name}.py").write_text(
            "import time\nfrom slow_entries import entries\ntime.sleep(0.1)\n"
            f"@entries.register({name!r})\nclass Entry:\n    pass\n"
        )  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    yield package.name
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


def test_two_threads_that_look_first_both_see_all(slow_package: str) -> None:
    entries: Registry = __import__(slow_package).entries
    seen: list[tuple[str, ...]] = []
    threads = [threading.Thread(target=lambda: seen.append(entries.names())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [("first", "second")] * 4


def test_a_name_belongs_to_one_class() -> None:
    entries: Registry = Registry("x", "json")

    @entries.register("one")
    class One:
        pass

    with pytest.raises(ValueError, match="'one' is taken"):

        @entries.register("one")
        class Other:
            pass

    assert isinstance(entries.get("one"), One)
    with pytest.raises(KeyError, match="no 'two' among the x: one"):
        entries.get("two")
