"""Patient-Specific Functional Scale, "Hva er viktig for deg?": the form, its answers and what they show over time."""
