"""Evaluation: refiners compared on benchmarks, as in the paper's §5 and §6.

A recipe names benchmarks, refiners, responders and judges, and which of them make a system. A run refines, responds
and judges; the report counts.

    settings      what a recipe says
    benchmarks    instructions and reference answers out of files and the Hub
    ledger        every result under a key of its content, and what it cost
    study         what is wanted and what is there: the key of each result, what it is made of
    refinements   what became of an instruction; files that say it
    run           the stages: refine, respond, judge, and what is measured beside them
    estimate      what a run will take
    drift         what a refinement keeps of the instruction
    intervals     shares, means and rank correlations with their intervals
    verdicts      from verdicts to numbers: who wins, and would another judge say so?
    summary       all numbers of the report, with those of cost, drift and safety
    report plots  the page (report.md.jinja) and the pictures that show them
    blind         pairs of answers for human judges
    evaluate      from recipe to report
    cli           the command
"""
