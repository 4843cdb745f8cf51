"""Checks a stage, uploads it to the Hub in one commit, and compares what arrived."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from ..errors import InputError, KitError, first_line
from ..models.hub import transport_error
from ..training.checks import Check
from . import dataset
from .checks import check_card, check_files
from .space import check_space
from .stage import Stage


# Left in the repository, these would be loaded in place of the files of this release.
_LOADED = re.compile(r"(model|pytorch_model|adapter_model)[\w.-]*|.*\.py|(.*/)?[^/]+\.(parquet|jsonl?|csv)")
_KEPT = (".gitattributes",)


@dataclass(frozen=True)
class Publication:
    """What became of an upload."""

    url: str  # of the repository, or of the pull request
    commit: str  # what holds the files now
    changed: bool  # whether there was anything to commit
    removed: list[str]  # files of earlier releases that are gone
    kept: list[str]  # files that others put there


def check(stage: Stage) -> Iterator[Check]:
    """Yield what every release and this kind of it needs; the slowest check comes last."""
    yield from check_files(stage)
    yield from check_card(stage)
    match stage.kind:
        case "model":
            from .model import check_model  # with the guard, which takes a while to be imported

            yield from check_model(stage)
        case "dataset":
            yield dataset.reload(stage, str(stage.folder.absolute()))
        case "space":
            yield check_space(stage)


def publish(
    stage: Stage,
    *,
    token: str | None = None,
    private: bool | None = None,
    pull_request: bool = False,
    replace: bool = False,
) -> Publication:
    """Create the repository where it is missing, and upload a stage in one commit; a stopped upload goes on.

    Args:
        stage: checked.
        token: by default the one of `hf auth login` or `HF_TOKEN`.
        private: for a repository that is created.
        pull_request: propose the commit instead of making it.
        replace: remove the files of the repository that the stage does not hold.

    Raises:
        InputError: the repository holds files that would be loaded in place of these.
        KitError: the Hub cannot be reached, or refuses.
    """
    api = HfApi(token=token)
    with _in_words(stage.repo):
        if not (pull_request and api.repo_exists(stage.repo, repo_type=stage.kind)):
            api.create_repo(
                stage.repo,
                repo_type=stage.kind,
                private=private,
                exist_ok=True,
                space_sdk=stage.facts["sdk"] if stage.kind == "space" else None,
            )
        parent = api.repo_info(stage.repo, repo_type=stage.kind).sha
        assert parent is not None
        there = {*api.list_repo_files(stage.repo, revision=parent, repo_type=stage.kind)}
        others = sorted(there - {*stage.names(), *_KEPT})
        in_the_way = [name for name in others if _LOADED.fullmatch(name)]
        if in_the_way and not replace:
            raise InputError(
                f"{stage.repo} holds {', '.join(in_the_way[:3])}, which this release does not and which could be "
                "loaded in its place: look at it, then add --replace to remove what is not of this release"
            )
        removed = others if replace else []
        operations: list[Any] = [
            CommitOperationAdd(path_in_repo=name, path_or_fileobj=stage.folder / name) for name in stage.names()
        ]
        operations += [CommitOperationDelete(path_in_repo=name) for name in removed]
        commit = api.create_commit(
            stage.repo,
            operations,
            repo_type=stage.kind,
            commit_message=f"Release {stage.repo.partition('/')[2]}",
            parent_commit=parent,
            create_pr=pull_request,
        )
    return Publication(
        url=commit.pr_url or str(commit.repo_url),
        commit=commit.oid,
        changed=commit.oid != parent,
        removed=removed,
        kept=[name for name in others if name not in removed],
    )


def compare(stage: Stage, publication: Publication, *, token: str | None = None) -> Iterator[Check]:
    """Compare what the Hub holds at the commit: the hash of each file, then the repository loaded by its name."""
    api = HfApi(token=token)
    with _in_words(stage.repo):
        found = api.verify_repo_checksums(
            stage.repo, revision=publication.commit, repo_type=stage.kind, local_dir=stage.folder
        )
    wrong = [*found.extra_paths, *(each["path"] for each in found.mismatches)]
    text = f"{len(stage.names())} files are what was sent" if not wrong else f"not what was sent: {', '.join(wrong)}"
    yield Check("hashes on the Hub", not wrong, text)
    # The process has caches of its own, hence no login either.
    environment = {"HF_TOKEN": token or get_token() or "", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    if stage.kind == "model":
        from . import model

        yield model.reload(stage, stage.repo, publication.commit, environment)
    elif stage.kind == "dataset":
        yield dataset.reload(stage, stage.repo, publication.commit, environment)


def collect(stage: Stage, title: str, *, token: str | None = None, private: bool | None = None) -> str:
    """Put a repository into the collection of that title in its organisation; return the collection's address."""
    api = HfApi(token=token)
    with _in_words(f"the collection {title!r}"):
        collection = api.create_collection(
            title, namespace=stage.repo.partition("/")[0], private=bool(private), exists_ok=True
        )
        api.add_collection_item(collection.slug, item_id=stage.repo, item_type=stage.kind, exists_ok=True)
    return collection.url


@contextmanager
def _in_words(target: str) -> Iterator[None]:
    """Turn errors of the Hub into one line that says what to do."""
    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code
        said = error.server_message or first_line(error)
        hint = {
            401: "log in by `hf auth login`, or give a valid --token",
            403: "use a token that may write there, or propose the release by --pr",
            412: "somebody committed meanwhile: look at it, then run the same command again",
        }.get(status, "run the same command again: what arrived is not sent twice")
        raise KitError(f"the Hub refuses {target} ({status}: {' '.join(said.split())}): {hint}") from error
    except OfflineModeIsEnabled as error:
        raise KitError(f"{target} cannot be reached: HF_HUB_OFFLINE is set") from error
    except (transport_error(), OSError) as error:
        reason = ": ".join([type(error).__name__, *str(error).strip().splitlines()[:1]])
        raise KitError(
            f"the connection for {target} broke ({reason}): run the same command again, what arrived is not sent twice"
        ) from error
    except RuntimeError as error:  # how the client ends when an upload broke and went on breaking
        reason = f"{error} {error.__cause__ or ''}".strip().splitlines()[0]
        raise KitError(f"{reason}: run the same command again, what arrived is not sent twice") from error
    except ValueError as error:  # metadata that the Hub does not accept
        if isinstance(error, KitError):
            raise
        raise KitError(f"the Hub refuses {target}: {' '.join(str(error).split())}") from error
