"""Preferences: what a person set up once and expects to find again, in one ini file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from mien.resources import user_folder

MAX_RECENT = 12


class Settings:
    """Typed reading and writing of preferences; what is damaged or missing reads as the default.

    Args:
        path: The ini file; by default in the user's configuration folder (see `MIEN_HOME`).
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path if path is not None else user_folder("config") / "studio.ini"
        self._store = QSettings(str(self.path), QSettings.Format.IniFormat)

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def number(self, key: str, default: float) -> float:
        """Return a number."""
        try:
            return float(str(self._store.value(key, default)))
        except ValueError:
            return default

    def flag(self, key: str, default: bool = False) -> bool:
        """Return a yes or no."""
        return self.text(key, "true" if default else "false") == "true"

    def texts(self, key: str) -> list[str]:
        """Return a list of texts."""
        value = self._store.value(key, [])
        if isinstance(value, str):  # an ini file does not tell a list of one from a text
            return [value] if value else []
        return [str(item) for item in value] if isinstance(value, list) else []

    def blob(self, key: str) -> QByteArray:
        """Return bytes, such as a window's layout; empty where there are none."""
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def keys(self, group: str) -> list[str]:
        """Return the keys below a group."""
        return [key for key in self._store.allKeys() if key.startswith(f"{group}/")]

    def set(self, key: str, value: str | float | bool | list[str] | QByteArray) -> None:
        """Remember a value."""
        if isinstance(value, bool):
            value = "true" if value else "false"
        self._store.setValue(key, value)

    def remove(self, key: str) -> None:
        """Forget a value, so that it reads as the default."""
        self._store.remove(key)

    def sync(self) -> None:
        """Write to disk now rather than when Qt finds the time."""
        self._store.sync()

    @property
    def recent_files(self) -> list[str]:
        """Files opened lately, the newest first."""
        return self.texts("recent")

    def add_recent(self, path: str | Path) -> None:
        """Put a file at the head of the recent ones."""
        added = str(Path(path).resolve())
        kept = [held for held in self.recent_files if held != added]
        self.set("recent", [added, *kept][:MAX_RECENT])
