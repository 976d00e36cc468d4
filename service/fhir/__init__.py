"""What a FHIR resource is: read and written as JSON, judged, indexed. Announced as R4 4.0.1."""
