"""The one door: how a need is reported, and what its sender hears."""
