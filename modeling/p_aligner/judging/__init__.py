"""Which of two answers is better, and what can be told of one by rule. Knows no refiners.

judges        language models, reward models and the simplest ones; agreement with people
ratings       ArenaHard's scores, also at equal style
constraints   does an answer keep IFEval's 25 kinds of constraint?
demands       does a refined instruction still state them?
languages     is a text in a given language?
"""
