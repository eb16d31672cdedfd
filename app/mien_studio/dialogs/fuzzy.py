"""Fuzzy matching: the letters of a query in their order, better where they begin words."""

from __future__ import annotations


def score(query: str, text: str) -> float | None:
    """Return how well a text matches a query, higher being better; None where it does not.

    Every letter of the query must occur in order. Letters that follow one another or begin a word
    count more, and what is found early and in a short text counts a little more.
    """
    wanted = query.lower().replace(" ", "")
    if not wanted:
        return 0.0
    found = _best(wanted, text)
    return None if found is None else found - 0.02 * len(text)


def _best(wanted: str, text: str) -> float | None:
    lowered = text.lower()
    # best[j]: the best score of the query so far with its last letter at text[j].
    best: dict[int, float] = {-1: 0.0}
    for letter in wanted:
        following: dict[int, float] = {}
        for at, char in enumerate(lowered):
            if char != letter:
                continue
            options = [
                value + _gain(text, at, follows=before == at - 1 and before >= 0)
                for before, value in best.items()
                if before < at
            ]
            if options:
                following[at] = max(options)
        if not following:
            return None
        best = following
    return max(value - 0.01 * at for at, value in best.items())


def _gain(text: str, at: int, *, follows: bool) -> float:
    begins = (
        at == 0 or not text[at - 1].isalnum() or (text[at].isupper() and text[at - 1].islower())
    )
    return 1.0 + (2.0 if begins else 0.0) + (2.5 if follows else 0.0)
