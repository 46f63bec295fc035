"""A calculation for a GP's office: which of the guide's criteria figures without names meet (DOMAIN section 3.1)."""
