"""A search over scripted models, which every test of whole runs begins with, and the command as a process."""

from typing import Any


CATEGORIES = ("Math", "Honesty", "Helpfulness")
RECIPE: dict[str, Any] = {
    "out": "journal.jsonl",
    "seeds": {"sources": [{"path": "seeds.jsonl", "id": "id", "category": {"column": "category"}}]},
    "rewriter": {"backend": "scripted"},
    "responder": {"backend": "scripted"},
    "reward": {"reward": "scripted"},
    "search": {"iterations": 5},
}
MAIN = "import sys; from ultraprompt.cli import main; sys.exit(main())"
