"""This service's own canonical URLs (CONTRACT section 2), all below one configurable base."""

from dataclasses import dataclass

DEFAULT_BASE = "https://oppfolging.example/fhir"


@dataclass(frozen=True, slots=True)
class Canonical:
    base: str = DEFAULT_BASE

    def code_system(self, name: str) -> str:
        return f"{self.base}/CodeSystem/{name}"

    def extension(self, name: str) -> str:
        return f"{self.base}/StructureDefinition/{name}"

    def search_parameter(self, name: str) -> str:
        return f"{self.base}/SearchParameter/{name}"

    def questionnaire(self, name: str) -> str:
        return f"{self.base}/Questionnaire/{name}"

    def operation(self, type: str, name: str) -> str:
        return f"{self.base}/OperationDefinition/{type}-{name}"
