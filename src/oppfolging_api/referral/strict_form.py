"""JSON forms that take what they ask for and nothing else, and say what is wrong in their own words."""

from pydantic import BaseModel, ConfigDict

from oppfolging_api.fhir import exact_json
from oppfolging_api.kernel.errors import Issue


class StrictForm(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def issue_of(where: tuple[int | str, ...], message: str, kind: str) -> Issue:
    """One error of pydantic's: its `loc`, `msg` and `type`."""
    path = ""
    for step in where:
        path = f"{path}[{step}]" if isinstance(step, int) else exact_json.child(path, step)
    code = {"missing": "required", "extra_forbidden": "structure"}.get(kind, "value")
    return Issue(code, message.removeprefix("Value error, "), path or None)
