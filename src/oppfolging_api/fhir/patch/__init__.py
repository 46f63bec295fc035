"""Patches, applied to a resource in memory: JSON Patch and FHIRPath Patch (https://hl7.org/fhir/R4/http.html#patch)."""
