"""What a recipe says about seeds: where they come from, what is left out, how many are chosen. Reads nothing.

seeds:
  sources:
    - path: openbmb/UltraFeedback     # a Hub data set, a file or a folder
      where: {source: false_qa}
      category: Honesty
      count: 250
    - path: mine.jsonl
      category: {column: topic}
    - model: smollm2                  # a chat model that writes them itself
      samples: runs/samples.jsonl     # keeps what it wrote
      limit: 100
      category: Helpfulness
  near_duplicates: 0.7
  select: diversity
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from p_aligner.judging.languages import LANGUAGES
from p_aligner.runtime.in_process import TransformersSettings
from p_aligner.store.recipe import Section


Scalar = str | int | float | bool | None


class CategoryColumn(Section):
    """Reads the category of a seed from a column.

    Args:
        column: the column.
        mapping: category of each value; without it the value is the category.
    """

    column: str
    mapping: dict[str, str] | None = None


class Source(Section):
    """What every source says.

    Args:
        label: what the journal calls the source; by default made of its path, or of its model and category.
        license: licence of the texts, for the card.
        limit: read no more than so many instructions that pass all filters.
        max_words: leave longer instructions out (they are never cut).
        count: how many seeds to select from this source; by default all.
    """

    label: str | None = None
    license: str | None = None
    limit: int | None = Field(None, gt=0)
    max_words: int | None = Field(None, gt=0)
    count: int | None = Field(None, gt=0)

    def too_long(self, text: str) -> str | None:
        """Say so where a text is above the limit."""
        return "above max_words" if self.max_words and len(text.split()) > self.max_words else None


class DatasetSource(Source):
    """Takes instructions from a Hub data set or from local JSON, JSON lines, CSV or Parquet files.

    Args:
        path: a local file, the name of a data set on the Hub, or a folder that is laid out like one.
        name, data_dir, revision: as in `datasets.load_dataset`; only for data sets on the Hub.
        split: split of a data set on the Hub.
        instruction: column of the instruction; where none is named and a row has none, `prompt` or `messages`.
        form: what that column holds: the instruction or a chat with `role` and `content` (its first user turn is
            taken), a chat of any kind, or a transcript as in HH-RLHF (the text after the first "\\n\\nHuman:" is
            taken).
        id: column of an id; by default ids are made from the label and the text.
        where: columns and the value, or list of values, that they must have; compared as text.
        category: category of all, or a column.
    """

    path: str
    name: str | None = None
    data_dir: str | None = None
    revision: str | None = None
    split: str = "train"
    instruction: str = "instruction"
    form: Literal["text", "chat", "hh"] = "text"
    id: str | None = None
    where: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)
    category: str | CategoryColumn | None = None


class ModelSource(Source, TransformersSettings):
    """Lets a chat model of this process write instructions: it goes on with a user turn (Magpie, Xu et al. 2025).

    Its other keys are those of a responder. A mix of categories is a source for each, as in Table 1.

    Args:
        samples: JSON lines file that keeps what the model wrote, good or not, so that a resumed run finds the same
            and writes only what is missing. Sources may share one.
        limit: how many instructions that pass all filters; needed, since a model writes without end.
        openings: what the turns begin with, one after the other; by default nothing. They say what is asked for.
        seed: of the sampling.
        category: category of all.
        language: code of the language that they must be in.
        dangerous: whether they must be about a crime, or about hurting somebody, or must not.
    """

    backend: Literal["transformers"] = "transformers"
    samples: str = Field(pattern=r"\.jsonl$")
    limit: int = Field(gt=0)
    openings: list[str] = Field([""], min_length=1)
    max_new_tokens: int = Field(default=96, ge=1)
    temperature: float = Field(default=0.8, ge=0)
    top_p: float = Field(default=0.9, gt=0, le=1)
    seed: int = Field(0, ge=0, lt=2**31)
    category: str | None = None
    language: str = Field("en", pattern=f"^({'|'.join(LANGUAGES)})$")
    dangerous: bool = False


def _kind(source: Any) -> str:
    is_model = "model" in source if isinstance(source, dict) else isinstance(source, ModelSource)
    return "ModelSource" if is_model else "DatasetSource"


AnySource = Annotated[
    Annotated[DatasetSource, Tag("DatasetSource")] | Annotated[ModelSource, Tag("ModelSource")], Discriminator(_kind)
]


class SeedSettings(Section):
    """Says where seeds come from and which are chosen (§4.1, Table 1).

    Args:
        sources: at least one `DatasetSource` or `ModelSource`.
        near_duplicates: leave out an instruction that shares word 3-grams with an earlier one: Jaccard at least this.
            `None` leaves out only equal ones.
        select: which ones to choose where a `count` is smaller than what there is: greedily the instruction that adds
            most unseen n-grams (Song et al. 2024; long ones come first), random ones, or the first ones. It is also
            the order of the seeds then.
        ngram: words of an n-gram of the diversity.
        count: how many seeds in all; by default as many as the sources give.
        skip: leave out the first so many of those, which another run grows (by another search, for example).
        seed: seed of the random selection.
    """

    sources: list[AnySource] = Field(min_length=1)
    near_duplicates: float | None = Field(0.7, gt=0, le=1)
    select: Literal["diversity", "random", "first"] = "diversity"
    ngram: int = Field(2, gt=0)
    count: int | None = Field(None, gt=0)
    skip: int = Field(0, ge=0)
    seed: int = 0
