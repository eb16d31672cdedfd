"""Panels: each a view of the session in a dock of its own, one file or package each."""
