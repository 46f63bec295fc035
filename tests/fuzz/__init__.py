"""Requests nobody thought of: resources from R4's own definitions, whole and broken, and cases of the OpenAPI document.

A share of it runs with the tests; `make fuzz` runs all of it.
"""
