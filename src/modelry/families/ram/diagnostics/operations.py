"""The operation on diagnostic messages."""

from modelry.contract.operation import Access, Operation
from modelry.errors.ram import INVALID_DIAGNOSTIC_MESSAGE
from modelry.families.ram import RAM
from modelry.families.ram.diagnostics import structs as s

DECODE_DIAGNOSTIC_MESSAGE = Operation(
    name="DecodeDiagnosticMessage",
    style=RAM,
    request=s.DecodeDiagnosticMessage,
    response=s.DiagnosisDecoded,
    access=Access(action="ram:DecodeDiagnosticMessage", level="get", resources=("*",)),
    errors=(INVALID_DIAGNOSTIC_MESSAGE,),
    summary="What the encoded message of a denial says.",
)

OPERATIONS = (DECODE_DIAGNOSTIC_MESSAGE,)
