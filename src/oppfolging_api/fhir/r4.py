"""The one import surface of the FHIR model classes: fhir.resources R4B, structurally equal to R4 for what is used here.

Nothing else imports fhir.resources; each class is imported the first time somebody asks for it.
"""

from functools import cache

from fhir.resources.R4B import get_fhir_model_class
from pydantic import BaseModel


@cache
def model(kind: str) -> type[BaseModel]:
    """The class of a resource type or datatype. Raises KeyError for what R4B does not have."""
    found: type[BaseModel] = get_fhir_model_class(kind)
    return found
