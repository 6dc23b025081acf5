"""Whether a program printed what a page shows, but for what differs from run to run."""

import re

_VARIES = (
    (re.compile(r"\x1b\[[\d;]*m"), ""),
    (re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.IGNORECASE), "REQUEST"),
    (re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC)?)?"), "TIME"),
    (re.compile(r"\b(model|rg|g|mt|d|role)-[0-9a-z]{3,}\b"), r"\1-ID"),
    (re.compile(r"\bLTAI5t\w+"), "KEY"),
    (re.compile(r"\b[0-9a-f]{12,}\b"), "HASH"),
    (re.compile(r"(?<![\w:])/[\w./-]+"), "PATH"),
    (re.compile(r"\d+(?:[.,]\d+)*"), "0"),
    (re.compile(r"[-─━═=]{3,}"), "LINE"),
    (re.compile(r"\s+"), " "),
)


def same_shape(shown: str, printed: str) -> bool:
    """Whether they are alike: ids, times, numbers, paths and spaces may differ, and `...` stands for anything."""
    pattern = ".*".join(re.escape(_shape(part)) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, _shape(printed.strip()), re.DOTALL) is not None


def _shape(text: str) -> str:
    for pattern, stands in _VARIES:
        text = pattern.sub(stands, text)
    return text
