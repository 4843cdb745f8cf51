"""Ratings as rows that TRL's KTO and BCO trainers read, in a folder or a data set on the Hub.

A row says whether a refinement was good: the prompt that P-Aligner saw, what it answered, and the thumb. Nothing else
is kept but the model's name and the day: no visitor's name, no address, no time.
"""

import contextlib
import datetime
import threading
import uuid
from pathlib import Path
from typing import Any

from p_aligner.errors import InputError
from p_aligner.prompts import refine_messages, render_refined
from p_aligner.store.rows import dump_row


_MINUTES_BETWEEN_COMMITS = 5
_SECONDS_FOR_THE_LAST_COMMIT = 20  # a Space that is stopped has not much longer

_CARD = """---
pretty_name: Ratings of refinements
tags:
- p-aligner
- preference
configs:
- config_name: default
  data_files: data/*.jsonl
---

# Ratings of refinements

What visitors of a Space of [P-Aligner](https://arxiv.org/abs/2508.04626) thought of its refinements. A row is one
click on a thumb, next to words that say what it stores:

| column | what |
|---|---|
| `prompt` | what P-Aligner was asked; the visitor's instruction stands in it |
| `completion` | what it wrote, before the visitor changed anything |
| `label` | `true` for the thumb up |
| `model` | the P-Aligner |
| `day` | the day, in UTC |

Nothing else is stored: no name, no address, no time. Visitors may write anything: read the rows before you publish
them, and take out what is private. TRL's KTO and BCO trainers read them as they are.
"""


class Feedback:
    """Appends rows to a file of its own: several processes never write to the same one.

    Args:
        target (`str`):
            A folder (it begins with `.` or `/`), or a data set on the Hub: then what is new is committed every few
            minutes and by `close`, with the token of HF_TOKEN. What cannot be committed now is tried again.

    Raises:
        InputError: the folder cannot be written, or the data set cannot be reached or made.
    """

    def __init__(self, target: str) -> None:
        self._lock: Any = threading.Lock()
        self._scheduler: Any = None
        is_folder = target.startswith((".", "/"))
        folder = Path(target if is_folder else "feedback")
        self.path = folder / f"feedback-{uuid.uuid4().hex[:12]}.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.path.touch()
            self.path.unlink()  # an empty file is nothing to commit
            if not is_folder:
                self._schedule(target, folder)
        except Exception as error:  # of the disk, of huggingface_hub, of whatever client it uses to reach the Hub
            reason = " ".join(str(getattr(error, "strerror", None) or error).split())
            raise InputError(f"PALIGNER_FEEDBACK {target!r} cannot be written: {reason}") from error

    def _schedule(self, dataset: str, folder: Path) -> None:
        from huggingface_hub import CommitScheduler, HfApi

        api = HfApi()
        name = api.create_repo(dataset, repo_type="dataset", private=True, exist_ok=True).repo_id
        if not api.file_exists(name, "README.md", repo_type="dataset"):
            api.upload_file(
                path_or_fileobj=_CARD.encode(),
                path_in_repo="README.md",
                repo_id=name,
                repo_type="dataset",
                commit_message="Say what is stored",
            )
        self._scheduler = CommitScheduler(
            repo_id=name,
            repo_type="dataset",
            folder_path=folder,
            path_in_repo="data",
            every=_MINUTES_BETWEEN_COMMITS,
            allow_patterns="*.jsonl",
            hf_api=api,
        )
        self._lock = self._scheduler.lock

    def append(self, instruction: str, refined: str, *, is_good: bool, model: str) -> None:
        """Write a row: TRL's conversational unpaired preference, and two columns that its trainers leave aside.

        It is with the operating system when this returns.
        """
        row = {
            "prompt": refine_messages(instruction),
            "completion": [{"role": "assistant", "content": render_refined(refined)}],
            "label": is_good,
            "model": model,
            "day": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        }
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(dump_row(row) + "\n")

    def close(self) -> None:
        """Commit what is new. If that fails the log says so, and the rows stay in the folder."""
        if self._scheduler:
            with contextlib.suppress(Exception):  # told by huggingface_hub
                self._scheduler.trigger().result(timeout=_SECONDS_FOR_THE_LAST_COMMIT)
            self._scheduler.stop()
