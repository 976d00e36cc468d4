"""FHIR resources in tables: written, read, searched, bundled. Who may see a row is decided here, in SQL."""
