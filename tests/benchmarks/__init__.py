"""Measurements, run by hand: ``python -m tests.benchmarks.<name>``. Never part of the test run."""
