"""What can be chosen for this Space: environment variables, `settings.json`, defaults."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from p_aligner.errors import InputError
from p_aligner.store.recipe import Section, mistakes_of
from p_aligner.store.rows import read_object


_PREFIX = "PALIGNER_"
_KEY = "PALIGNER_API_KEY"


class Settings(Section):
    """The choices. `PALIGNER_` and the name of a field in capitals is its environment variable.

    Models are the kit's own (`p-aligner`, `singlepo`, `smollm2`, `reward`), folders, or names on the Hub (`org/name`
    or `org/name@revision`). `smollm2` is SmolLM2-135M-Instruct, the others of ours are adapters on it.

    Args:
        model, singlepo: The P-Aligner that refines, and the SinglePO that rewrites by one principle.
        responder: The chat model that answers; the server's name for it if there is an `endpoint`.
        endpoint: An OpenAI-compatible server, up to and including `/v1`. Its key comes from PALIGNER_API_KEY alone.
        reward: A sequence classifier with one score. With `none`, or set to nothing, answers are not scored, and
            visitors cannot grow trees.
        trees: A file of this folder's form, a journal of `ultraprompt synthesize`, or a data set with the config
            `trees`.
        feedback: Where ratings go: a data set `org/name` (HF_TOKEN may write there) or a folder (`./name` or `/name`).
            Without it nothing is stored, and nobody is asked.
        max_characters: Longest text that is taken.
        max_new_tokens: Longest answer; longer ones end there, unfinished.
        concurrency: Most requests of a kind under way at once. They share batches.
        queue_size: Most requests that wait; the next is sent away.
        timeout_s: Longest time for one request, in seconds, without the time in the queue. By default as many answers
            of that length as are under way at once fit into it, when SmolLM2 writes them on two processor cores.
    """

    model: str = "p-aligner"
    singlepo: str = "singlepo"
    responder: str = "smollm2"
    endpoint: str | None = Field(default=None, pattern="^https?://")
    reward: str | None = "reward"
    trees: str = "trees.json"
    feedback: str | None = None
    max_characters: int = Field(default=4_000, ge=1)
    max_new_tokens: int = Field(default=160, ge=1)
    concurrency: int = Field(default=4, ge=1)
    queue_size: int = Field(default=64, ge=1)
    timeout_s: float = Field(default=60.0, gt=0)

    @model_validator(mode="after")
    def _the_endpoint_has_a_model(self) -> "Settings":
        if self.endpoint and "responder" not in self.model_fields_set:
            raise ValueError("an endpoint needs PALIGNER_RESPONDER, the name that it knows its model by")
        return self

    @property
    def reward_model(self) -> str | None:
        return None if self.reward in (None, "", "none") else self.reward


def read_settings(environment: Mapping[str, str], file: Path) -> Settings:
    """Read what the environment says, then the file (if there is one), then the defaults.

    Raises:
        InputError: a name is unknown or a value cannot be used; all mistakes are named.
    """
    chosen = {**(read_object(file) if file.exists() else {}), **_read_environment(environment)}
    try:
        return Settings.model_validate(chosen)
    except ValidationError as error:
        mistakes = "; ".join(mistakes_of(error, chosen, Settings))
        raise InputError(f"the settings (in {file.name}, or as {_PREFIX}NAME) cannot be used: {mistakes}") from error


def _read_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    # A variable that is set to nothing counts as not set: that is how a Space's page empties one. But to have no
    # reward model is a choice.
    given = {name: value.strip() for name, value in environment.items() if name.startswith(_PREFIX) and name != _KEY}
    return {
        name.removeprefix(_PREFIX).lower(): value
        for name, value in given.items()
        if value or name == f"{_PREFIX}REWARD"
    }
