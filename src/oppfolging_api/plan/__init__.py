"""The individual plan (individuell plan) and its kin."""
