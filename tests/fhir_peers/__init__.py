"""Our FHIR exports held against public validators, R4's own definitions and a second FHIRPath engine, all in Node."""
