"""What a recipe says about seeds: where they come from, what is left out, how many are chosen. Reads nothing.

seeds:
  sources:
    - path: openbmb/UltraFeedback     # a Hub data set, a file or a folder
      where: {source: false_qa}
      category: Honesty
      count: 250
    - path: mine.jsonl
      category: {column: topic}
  near_duplicates: 0.7
  select: diversity
"""

from typing import Literal

from pydantic import Field, model_validator

from p_aligner.runtime import BackendSettings
from p_aligner.store.recipe import Section


Scalar = str | int | float | bool | None


class CategoryColumn(Section):
    """Reads the category of a seed from a column.

    Args:
        column: the column. A row without a value gets its category from the categorizer.
        mapping: category of each value; without it the value is the category.
    """

    column: str
    mapping: dict[str, str] | None = None


class DatasetSource(Section):
    """Takes instructions from a Hub data set or from local JSON, JSON lines, CSV or Parquet files.

    Args:
        path: a local file, the name of a data set on the Hub, or a folder that is laid out like one.
        name, data_dir, revision: as in `datasets.load_dataset`; only for data sets on the Hub.
        split: split of a data set on the Hub.
        label: what the journal calls the source; by default the last part of the path without its suffix.
        instruction: column of the instruction; where none is named and a row has none, `prompt` or `messages`.
        form: what that column holds: the instruction or a chat with `role` and `content` (its first user turn is
            taken), a chat of any kind, or a transcript as in HH-RLHF (the text after the first "\\n\\nHuman:" is
            taken).
        id: column of an id; by default ids are made from the label and the text.
        where: columns and the value, or list of values, that they must have; compared as text.
        category: category of all, or a column; without it the categorizer says.
        license: licence of the texts, for the card.
        limit: read no more than so many instructions that pass all filters.
        max_words, max_characters: leave longer instructions out (they are never cut).
        count: how many seeds to select from this source; by default all.
    """

    path: str
    name: str | None = None
    data_dir: str | None = None
    revision: str | None = None
    split: str = "train"
    label: str | None = None
    instruction: str = "instruction"
    form: Literal["text", "chat", "hh"] = "text"
    id: str | None = None
    where: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)
    category: str | CategoryColumn | None = None
    license: str | None = None
    limit: int | None = Field(None, gt=0)
    max_words: int | None = Field(None, gt=0)
    max_characters: int | None = Field(None, gt=0)
    count: int | None = Field(None, gt=0)


class SeedSettings(Section):
    """Says where seeds come from and which are chosen (§4.1, Table 1).

    Args:
        sources: at least one `DatasetSource`.
        near_duplicates: leave out an instruction that shares word 3-grams with an earlier one: Jaccard at least this.
            `None` leaves out only equal ones.
        select: which ones to choose where a `count` is smaller than what there is: greedily the instruction that adds
            most unseen n-grams (Song et al. 2024; long ones come first), random ones, or the first ones. It is also
            the order of the seeds then.
        ngram: words of an n-gram of the diversity.
        count: how many seeds in all; by default as many as the sources give.
        seed: seed of the random selection.
        categorizer: the chat model that gives a category to a seed that has none.
        categories: JSON lines file that keeps the categorizer's answers, so that no seed is asked about twice and a
            resumed run finds the same ones. A categorizer needs it.
    """

    sources: list[DatasetSource] = Field(min_length=1)
    near_duplicates: float | None = Field(0.7, gt=0, le=1)
    select: Literal["diversity", "random", "first"] = "diversity"
    ngram: int = Field(2, gt=0)
    count: int | None = Field(None, gt=0)
    seed: int = 0
    categorizer: BackendSettings | None = None
    categories: str | None = None

    @model_validator(mode="after")
    def _answers_are_kept(self) -> "SeedSettings":
        if self.categories is None and self.categorizer is not None:
            raise ValueError("a categorizer needs `categories`, a file that keeps its answers")
        return self
