"""Evaluation: refiners compared on benchmarks, as in the paper's §5 and §6.

A recipe (`settings`) names `benchmarks`, refiners, responders and judges, and which of them make a system. A `run`
works out what a `study` wants, and keeps it in a `ledger`; `summary` and `verdicts` count, `report` and `plots` show.
"""
