"""Evaluation: refiners compared on benchmarks, as in the paper's §5 and §6. Knows nothing of training or search.

A recipe names benchmarks, refiners, responders and judges, and which of them make a system. A run refines, responds
and judges; the report counts.

    settings      what a recipe says
    benchmarks    instructions and reference answers out of files and the Hub
    refiners      what turns an instruction into another one
    ledger        every result under a key of its content, and what it cost
    results       where the result of each piece of work is found
    run           the stages: refine, respond, judge, and what is measured beside them
    estimate      what a run will take
    drift         what a refinement keeps of the instruction
    intervals     shares, means and rank correlations with their intervals
    verdicts      from verdicts to numbers: who wins, and would another judge say so?
    tables        all numbers of the report, with those of cost, drift and safety
    report plots  the pages and pictures that show them
    markdown      tables and their cells
    blind         pairs of answers for human judges
    evaluate      from recipe to report
    cli           the command
"""
