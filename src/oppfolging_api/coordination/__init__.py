"""Coordination: the team around a person and its one coordinator."""
