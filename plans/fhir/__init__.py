"""Protocols and plans as FHIR R4: rules with FHIRPath conditions, templates, activities, and a patient's plan."""
