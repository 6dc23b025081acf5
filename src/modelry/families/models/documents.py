"""Models as stored documents: what is indexed of them, and how an answer is put together."""

from typing import Any, NamedTuple

import msgspec

from modelry.families.labels.structs import Label
from modelry.families.models.structs import Accessibility
from modelry.storage.documents import paged, spliced
from modelry.storage.folding import SEPARATOR, folded_parts, needle
from modelry.storage.times import shown


class _Labelled(msgspec.Struct, rename="pascal"):
    labels: list[Label]


class _RawLabels(msgspec.Struct, rename="pascal"):
    labels: msgspec.Raw


class _IndexedModel(_Labelled, rename="pascal", kw_only=True):
    """What lists of models filter and sort by."""

    model_name: str
    accessibility: Accessibility
    provider: str | None = None
    domain: str | None = None
    task: str | None = None
    origin: str | None = None
    model_type: str | None = None
    parameter_size: int | None = None
    order_number: int | None = None


_NO_PLACE = -(2**63)

INDEXED = frozenset(_IndexedModel.__struct_encode_fields__)
"""Members of a document that `model_columns`, or the index of labels, depends on."""

_labels = msgspec.json.Decoder(_Labelled)
_raw_labels = msgspec.json.Decoder(_RawLabels)
_indexed_model = msgspec.json.Decoder(_IndexedModel)


class ModelColumns(NamedTuple):
    """The indexed columns of a model, in the order of the statements that write them."""

    model_name: str
    accessibility: str
    provider: str | None
    domain: str | None
    task: str | None
    origin: str | None
    model_type: str | None
    parameter_size: int | None
    order_number: int | None
    order_place: int
    """Where sorting by `order_number` puts it: a model without one comes before all others."""
    size_place: int
    """Likewise."""
    name_length: int
    """Characters of the name at the beginning of `folded_text`."""
    labels_start: int
    """Of `folded_text`, from 1: the first character of the labels, which are its end."""
    folded_text: str
    """What is searched: name, domain, task, label keys and values."""


def labels_of(document: bytes) -> list[Label]:
    """The labels of a model or a version, in the order in which they were written."""
    return _labels.decode(document).labels


class Described(dict[str, Any]):
    """What decides about a model or a version, by attribute; its labels are read only if something asks for them."""

    document: bytes
    """Where the labels are."""

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  an attribute is a text or a set
        """An attribute, or `default` when the object has none."""
        if name == "labels" and "labels" not in self:
            self["labels"] = {(label.key, label.value) for label in labels_of(self.document)}
        return super().get(name, default)


def model_columns(document: bytes) -> ModelColumns:
    """What is indexed of a model."""
    model = _indexed_model.decode(document)
    name = needle(model.model_name)
    text = f"{name}{SEPARATOR}{folded_parts((model.domain or '', model.task or ''))}"
    labels = folded_parts(text for label in model.labels for text in (label.key, label.value))
    return ModelColumns(
        model_name=model.model_name,
        accessibility=model.accessibility,
        provider=model.provider,
        domain=model.domain,
        task=model.task,
        origin=model.origin,
        model_type=model.model_type,
        parameter_size=model.parameter_size,
        order_number=model.order_number,
        order_place=_NO_PLACE if model.order_number is None else model.order_number,
        size_place=_NO_PLACE if model.parameter_size is None else model.parameter_size,
        name_length=len(name),
        labels_start=len(text) + (2 if labels else 1),
        folded_text=f"{text}{SEPARATOR}{labels}" if labels else text,
    )


def model_answer(document: bytes, latest: bytes | None, latest_modified: int | None) -> bytes:
    """A model with its latest version, as GetModel answers it; without a version the keys are absent."""
    if latest is None or latest_modified is None:
        return document
    modified = f'"GmtLatestVersionModifiedTime":"{shown(latest_modified)}"'.encode()
    return spliced(document, modified, b'"LatestVersion":' + latest)


def models_answer(rows: list[tuple[bytes, bytes | None, int | None]], total_count: int) -> bytes:
    """A page of ListModels; every model has its labels as `Tags` too."""
    models = (spliced(model_answer(*row), b'"Tags":' + _raw_labels.decode(row[0]).labels) for row in rows)
    return paged(b"Models", models, total_count)
