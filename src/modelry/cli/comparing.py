"""What two versions have in common and where they differ."""

import json
from collections.abc import Iterator
from typing import Any

Json = Any

_APART = ("RequestId", "Metrics", "Labels", "GmtCreateTime", "GmtModifiedTime", "VersionName")
"""Keys that are shown in a way of their own, or that differ in any case."""


def compared(names: tuple[str, str], a: Json, b: Json, *, also_equal: bool) -> dict[str, Json]:
    """Metrics side by side, and the fields, specifications and labels that differ (or all of them)."""
    return {
        "A": names[0],
        "B": names[1],
        "Metrics": [_metric(key, value, b_value) for key, value, b_value in _paired(_metrics(a), _metrics(b))],
        "Differences": [
            {"Field": field, "A": of_a, "B": of_b}
            for field, of_a, of_b in _paired(dict(_fields(a)), dict(_fields(b)))
            if also_equal or of_a != of_b
        ],
    }


def rows(found: dict[str, Json], titles: tuple[str, str]) -> list[dict[str, Json]]:
    """The same as the rows of one table."""
    a, b = titles if titles[0] != titles[1] else (f"A {titles[0]}", f"B {titles[1]}")
    metrics = [
        {"Field": f"{m['Metric']} ({m['Dataset']})" if m["Dataset"] else m["Metric"]}
        | {a: m["A"], b: m["B"], "Difference": m["Difference"]}
        for m in found["Metrics"]
    ]
    others = [{"Field": d["Field"], a: d["A"], b: d["B"], "Difference": None} for d in found["Differences"]]
    return metrics + others


def _metric(key: tuple[str, str], a: Json, b: Json) -> dict[str, Json]:
    dataset, metric = key
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (a, b))
    difference = float(f"{b - a:.12g}") if numbers else None  # 0.3 - 0.1 is 0.2 for people
    return {"Dataset": dataset, "Metric": metric, "A": a, "B": b, "Difference": difference}


def _paired(a: dict[Any, Json], b: dict[Any, Json]) -> Iterator[tuple[Any, Json, Json]]:
    for key in dict.fromkeys((*a, *b)):
        yield key, a.get(key), b.get(key)


def metrics_of(version: Json) -> Iterator[tuple[str, str, Json]]:
    """Dataset, name and value of each metric: by the convention of the API, or any other names with numbers."""
    metrics = version.get("Metrics") or {}
    results = metrics.get("Results")
    if not isinstance(results, list):
        yield from (("", name, value) for name, value in metrics.items())
        return
    for result in results:
        if isinstance(result, dict) and isinstance(result.get("Metrics"), dict):
            dataset = _dataset(result.get("Dataset"))
            yield from ((dataset, name, value) for name, value in result["Metrics"].items())


def _metrics(version: Json) -> dict[tuple[str, str], Json]:
    return {(dataset, name): value for dataset, name, value in metrics_of(version)}


def _dataset(value: Json) -> str:
    """What to call a dataset."""
    if isinstance(value, dict):
        named = next((value[key] for key in ("Name", "DatasetName", "DatasetId", "Uri") if value.get(key)), None)
        return str(named) if named is not None else json.dumps(value, ensure_ascii=False) if value else ""
    return "" if value is None else str(value)


def _fields(version: Json) -> Iterator[tuple[str, Json]]:
    for key, value in version.items():
        if key not in _APART:
            yield from _flat(key, value)
    yield from ((f"Labels.{label['Key']}", label["Value"]) for label in version.get("Labels") or [])


def _flat(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    """The parts of an object, each by its path."""
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _flat(f"{path}.{key}", part)
    else:
        yield path, value
