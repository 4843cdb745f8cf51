"""Training: TRL's runs looked at before, during and after. Trains nothing: that is TRL's own work.

recipes       TRL's recipes, rows and tokens, read as TRL reads them
preflight     what would be cut, dropped or mixed up without a word
online        checks of online learning (GRPO): its rewards, its room, its log
checks        what a check found, one line each
inspection    what each checkpoint of a run learned and lost (probe.txt)
curves        its picture
cli           the commands
"""
