"""Which of two answers is better, and what can be told of one by rule. Knows no refiners."""
