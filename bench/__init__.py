"""Figures, measured by commands: docs/benchmarks.md says how. Nothing here is a test."""
