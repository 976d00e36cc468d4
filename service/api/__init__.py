"""The FHIR R4 API over HTTP: what comes in is understood here, what goes out is written here, decisions are below."""
