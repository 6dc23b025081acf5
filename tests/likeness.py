"""Stand-ins for what an answer makes up: an expected answer is then one dictionary, compared as a whole."""

import re


class Like:
    """Equal to every text of one form."""

    def __init__(self, form: str) -> None:
        self._form = re.compile(form)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self._form.fullmatch(other) is not None

    def __hash__(self) -> int:
        return hash(self._form)

    def __repr__(self) -> str:
        return f"<like {self._form.pattern}>"


A_TIME = Like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
A_MODEL_ID = Like(r"model-[a-z0-9]{20}")
A_REQUEST_ID = Like(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
