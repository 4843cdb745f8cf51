"""An OpenAI-compatible proxy that refines the last user message. What refines is passed in.

`chats` reads what a client asks for, `proxy` passes it on, `cli` is the command `p-aligner serve`.
"""
