"""Made-up data for a demo: a practice, those who work there, and patients at every stage of care."""
