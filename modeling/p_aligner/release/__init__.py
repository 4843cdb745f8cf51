"""Releases: a folder is staged, checked, shown, and put onto the Hub in one commit.

stage = model.stage_model("runs/llama-3.2-3b/dpo", "org/p-aligner", "runs/release/models/org/p-aligner")
checks = list(publish.check(stage))                             # all passed?
publication = publish.publish(stage)                            # then
checks = list(publish.compare(stage, publication))
"""
