"""Search: https://hl7.org/fhir/R4/search.html. Declared parameters -> a parsed query -> one SQL statement."""
