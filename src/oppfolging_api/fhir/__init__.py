"""The FHIR R4 REST protocol; knows nothing of the domain."""
