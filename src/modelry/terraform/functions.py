"""The provider's functions: `provider::alicloud::NAME(...)`, from Terraform 1.8 on.

Beside the provider itself the only file that knows the package `tf`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tf.function import CallContext, Function, FunctionSignature, Parameter, Return
from tf.types import Map, Number, String, TfType


class FunctionError(Exception):
    """An argument cannot be used; the text is for people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """A function: text and maps of numbers in, text or an object of text out."""

    name: str
    summary: str
    parameters: Mapping[str, TfType]
    optional: str = ""
    """What may follow once."""
    returns: TfType
    call: Callable[..., Any]
    """Raises FunctionError."""


class Texts(TfType):  # type: ignore[misc]  # `tf` has no annotations that mypy reads
    """An object of texts, which `tf` itself does not know."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def encode(self, value: Any) -> Any:  # noqa: ANN401  any value
        """As it is."""
        return value

    def decode(self, value: Any) -> Any:  # noqa: ANN401  any value
        """As it is."""
        return value

    def tf_type(self) -> bytes:
        """In Terraform's notation of types."""
        return json.dumps(["object", dict.fromkeys(self._names, "string")]).encode()


def version_parts(identity: str) -> dict[str, str]:
    """The parts of a version's id."""
    model_id, _, version_name = identity.partition(":")
    if not (model_id and version_name):
        raise FunctionError(f"{identity!r} is no id of a version, which is of the form <model_id>:<version_name>")
    return {"model_id": model_id, "version_name": version_name}


def model_arn(model_id: str, version_name: str | None = None) -> str:
    """What policies call a model, or one of its versions."""
    if not model_id or version_name == "":
        raise FunctionError("an empty text names no model and no version")
    arn = f"acs:paimodel:*:*:model/{model_id}"
    return arn if version_name is None else f"{arn}/modelVersion/{version_name}"


def metrics_json(values: Mapping[str, float | str], dataset: str | None = None) -> str:
    """Metrics as the API has them by convention; Terraform sends numbers that no machine word holds as text."""
    if None in values.values():
        raise FunctionError("a metric is null; leave its name out")
    metrics = {name: float(value) if isinstance(value, str) else value for name, value in values.items()}
    result = {"Metrics": metrics} if dataset is None else {"Dataset": {"Name": dataset}, "Metrics": metrics}
    return json.dumps({"Results": [result]}, ensure_ascii=False, separators=(",", ":"))


DECLARED: Sequence[Declared] = (
    Declared(
        name="version_parts",
        summary="The model's id and the version's name in the id of a version.",
        parameters={"id": String()},
        returns=Texts("model_id", "version_name"),
        call=version_parts,
    ),
    Declared(
        name="model_arn",
        summary="What policies call a model, or one version of it where its name follows.",
        parameters={"model_id": String()},
        optional="version_name",
        returns=String(),
        call=model_arn,
    ),
    Declared(
        name="metrics_json",
        summary="Numbers as the API has metrics by convention, for `metrics_json`; the data set's name may follow.",
        parameters={"values": Map(Number())},
        optional="dataset",
        returns=String(),
        call=metrics_json,
    ),
)


class DeclaredFunction(Function):  # type: ignore[misc]  # as above
    """A declared function; `function_class` makes the class of each."""

    declared: Declared

    def __init__(self, provider: object) -> None:
        """Functions need no provider: they ask nobody."""

    @classmethod
    def get_name(cls) -> str:
        """The function's name."""
        return cls.declared.name

    @classmethod
    def get_signature(cls) -> FunctionSignature:
        """What it takes and gives."""
        it = cls.declared
        return FunctionSignature(
            parameters=[Parameter(name, type_) for name, type_ in it.parameters.items()],
            variadic_parameter=Parameter(it.optional, String()) if it.optional else None,
            return_type=Return(it.returns),
            summary=it.summary,
            description=it.summary,
        )

    def call(self, ctx: CallContext, arguments: list[Any]) -> Any:  # noqa: ANN401  any value
        """The result; nothing when an error was told."""
        most = len(self.declared.parameters) + bool(self.declared.optional)
        if len(arguments) > most:
            ctx.diagnostics.add_error(f"{self.declared.name} takes {most} arguments at most")
            return None
        try:
            return self.declared.call(*arguments)
        except FunctionError as error:
            ctx.diagnostics.add_error(str(error))
            return None


def function_class(declared: Declared) -> type[Function]:
    """The class that `tf` wants for a function."""
    return type(declared.name, (DeclaredFunction,), {"declared": declared})
