from pathlib import Path

import pytest

from p_aligner.errors import InputError
from p_aligner.store.results import Results


def test_rows_of_other_settings_are_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.jsonl"
    with Results(path, {"model": "mine", "sizes": (1, 2)}) as results:
        results.extend([{"n": 1}])
    others = ({"model": "other", "sizes": [1, 2]}, r"model \('mine' and 'other'\)"), ({}, "model .*, sizes")
    for settings, named in others:
        with pytest.raises(InputError, match=f"results.jsonl was begun with other settings, there and here: {named}"):
            Results(path, settings)
    with Results(path, {"model": "mine", "sizes": (1, 2)}) as results:
        assert list(results.records()) == [{"n": 1}]
    path.write_bytes(b'{"n')
    with Results(path, {}), pytest.raises(InputError, match="another process is writing .*results.jsonl: wait for it"):
        Results(path, {})  # nothing was kept that the settings could have changed


@pytest.mark.parametrize("content", ["", "{", "[]", "7"])
def test_settings_that_cannot_be_read_are_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text('{"n": 1}\n')
    with Results(path, {"model": "mine"}):
        pass  # rows of a version that kept none
    (tmp_path / ".results.jsonl.settings").write_text(content)
    with pytest.raises(InputError, match=r"\.results.jsonl.settings cannot be read .*: remove it to go on with"):
        Results(path, {"model": "mine"})
