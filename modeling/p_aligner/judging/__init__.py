"""Which of two answers is better, and what can be told of one by rule. Knows no refiners.

judges        language models, reward models and the simplest ones
tally         what verdicts add up to: win rates, intervals, position, equal lengths
ratings       ArenaHard's scores, also at equal style
agreement     does a judge agree with people?
constraints   does an answer keep IFEval's 25 kinds of constraint?
languages     is a text in a given language?
"""
