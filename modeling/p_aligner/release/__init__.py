"""Releases: a folder is staged, checked, shown, and put onto the Hub in one commit. Knows nothing of training.

stage = model.stage_model("runs/llama-3.2-3b/dpo", "org/p-aligner", "runs/release/models/org/p-aligner")
findings = list(kinds.check(stage))                             # all passed?
publication = publish.publish(stage)                            # then
findings = list(publish.compare(stage, publication))
"""
