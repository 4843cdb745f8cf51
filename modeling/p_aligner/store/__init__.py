"""Durable files: journals, results that go on, files that are written whole, recipes."""
