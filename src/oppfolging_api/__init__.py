"""FHIR R4 service for oppfølgingsteam: the coordinated teams around people with large and complex needs."""
