"""The intake as FHIR R4: questionnaires, responses, derived observations, and conditions as FHIRPath."""
