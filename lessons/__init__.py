"""Lessons know: what is taught, read from one YAML file per topic."""
