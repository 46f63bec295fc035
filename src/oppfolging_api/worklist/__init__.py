"""The worklist: Tasks that the records themselves call for, made and ended by the service (docs/worklist.md)."""
