"""A Hub on this machine: the calls of huggingface_hub, datasets and transformers that releases need, over real HTTP.

Knows repositories with commits, branches and pull requests, LFS, tokens with and without rights, collections. It keeps
everything in memory, and can be told to fail. Clients must not use Xet (`HF_HUB_DISABLE_XET=1`) and read the
environment when huggingface_hub is imported: run them in processes of their own, with `Hub.environment`.
"""

import base64
import hashlib
import json
import re
import sys
import threading
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


WRITER, READER = "hf_" + "w" * 34, "hf_" + "r" * 34
OWNER = "org"
_LFS = (".safetensors", ".parquet", ".png", ".gz", ".bin", ".jpg")
_KINDS = {"models": "model", "datasets": "dataset", "spaces": "space"}


def git_oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def oid_of(path: str, content: bytes) -> str:
    return hashlib.sha256(content).hexdigest() if path.endswith(_LFS) else git_oid(content)


@dataclass
class Commit:
    oid: str
    title: str
    files: dict[str, bytes]


@dataclass
class Repo:
    """Branches name commits; `commits` are those of `main`, the first of them empty but for `.gitattributes`."""

    kind: str
    name: str
    private: bool
    sdk: str | None = None
    commits: list[Commit] = field(default_factory=list)
    branches: dict[str, Commit] = field(default_factory=dict)
    known: dict[str, Commit] = field(default_factory=dict)

    def commit(self, title: str, files: dict[str, bytes], branch: str = "main") -> Commit:
        oid = hashlib.sha1(f"{self.name} {len(self.known)} {title}".encode()).hexdigest()
        commit = self.known[oid] = self.branches[branch] = Commit(oid, title, files)
        if branch == "main":
            self.commits.append(commit)
        return commit

    def at(self, revision: str) -> Commit | None:
        return self.branches.get(revision) or self.known.get(revision)


class Hub:
    """A server in a thread. `with Hub() as hub:`

    Attributes:
        repos (`dict`): [`Repo`] by `(kind, name)`.
        collections (`dict`): by slug.
        calls (`Counter`): requests by method and path without the repository.
        trouble (`dict`): what happens to LFS uploads of a size: `"cut"` (in the middle, once), `"stall"` (until the
            client gives up), `"refuse"`.
        intrude (`bool`): somebody else commits right before the next commit arrives.
        garble (`bool`): what is stored by LFS from now on is not what was sent.
    """

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.collections: dict[str, dict[str, Any]] = {}
        self.calls: Counter[str] = Counter()
        self.unknown: list[str] = []
        self.trouble: dict[int, str] = {}
        self.stopped = threading.Event()
        self.intrude = self.garble = False
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.hub = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Hub":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def environment(self, home: Path, token: str | None = WRITER) -> dict[str, str]:
        """Return what a client's process needs in its environment."""
        off = ("HUB_DISABLE_XET", "HUB_DISABLE_TELEMETRY")
        off += ("HUB_DISABLE_PROGRESS_BARS", "DATASETS_DISABLE_PROGRESS_BARS")
        variables = {"HF_ENDPOINT": self.url, "HF_HOME": str(home), "NO_PROXY": "127.0.0.1"}
        variables |= {f"HF_{name}": "1" for name in off}
        return variables | ({"HF_TOKEN": token} if token else {})

    def files(self, kind: str, name: str, revision: str = "main") -> dict[str, bytes]:
        return self.repos[kind, name].at(revision).files


class _Server(ThreadingHTTPServer):
    hub: Hub
    daemon_threads = True
    request_queue_size = 64  # clients open several connections at once

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # clients may hang up when they have seen enough
            super().handle_error(request, client_address)


class _Failure(Exception):
    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


_LOCK = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def _handle(self) -> None:
        self.hub = self.server.hub
        parts = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(parts.query))
        path = urllib.parse.unquote(parts.path)
        routes = ((re.fullmatch(pattern, f"{self.command} {path}"), method) for pattern, method in _ROUTES)
        found, method = next(filter(lambda route: route[0], routes), (None, _unknown))
        self.hub.calls[method.__name__] += 1
        try:
            if method is _put:  # which reads for itself: it may stop in the middle
                return _put(self, **found.groupdict())
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with _LOCK:
                method(self, **(found.groupdict() if found else {"path": path}))
        except _Failure as failure:
            headers = {"X-Error-Message": failure.message} | ({"X-Error-Code": failure.code} if failure.code else {})
            self.send(failure.status, {"error": failure.message}, **headers)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _handle

    def send(self, status: int, content: Any = None, **headers: str) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def json(self) -> Any:
        return json.loads(self.body)

    def user(self) -> str | None:
        """Return who asks. A token that nobody was given is refused, whatever is asked for."""
        given = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if given and given not in (WRITER, READER):
            raise _Failure(401, "Invalid credentials in Authorization header")
        return {WRITER: "writer", READER: "reader"}.get(given)

    def signed_in(self) -> str:
        if (user := self.user()) is None:
            raise _Failure(401, "Invalid username or password.")
        return user

    def may_write(self) -> None:
        if self.signed_in() == "reader":
            raise _Failure(403, "You don't have the rights to write here. Use a token with the role `write`.")

    def repo(self, kinds: str, name: str) -> Repo:
        repo = self.hub.repos.get((_KINDS[kinds], name))
        if repo is None or (repo.private and self.user() is None):
            raise _Failure(401 if self.user() is None else 404, "Repository Not Found", "RepoNotFound")
        return repo

    def commit(self, repo: Repo, revision: str) -> Commit:
        if commit := repo.at(revision):
            return commit
        raise _Failure(404, f"Invalid rev id: {revision}", "RevisionNotFound")


def _unknown(self: _Handler, path: str) -> None:
    self.hub.unknown.append(f"{self.command} {path}")
    raise _Failure(404, f"no such call: {path}")


def _whoami(self: _Handler) -> None:
    user = self.signed_in()
    self.send(200, {"type": "user", "name": user, "orgs": [{"name": OWNER}] if user == "writer" else []})


def _create(self: _Handler) -> None:
    given = self.json()
    name = f"{given.get('organization') or self.user()}/{given['name']}"
    kind = given.get("type", "model")
    self.may_write()
    prefix = "" if kind == "model" else f"{kind}s/"
    url = {"url": f"{self.hub.url}/{prefix}{name}"}
    if (kind, name) in self.hub.repos:
        self.send(409, {**url, "error": "You already created this repo"})
        return
    if not name.startswith(f"{OWNER}/"):
        raise _Failure(403, f"You don't have the rights to create a {kind} under the namespace {name.split('/')[0]!r}")
    private = bool(given.get("private")) or given.get("visibility") == "private"  # as the client's version has it
    repo = Repo(kind, name, private=private, sdk=given.get("sdk"))
    repo.commit("initial commit", {".gitattributes": b"*.safetensors filter=lfs\n"})
    self.hub.repos[kind, name] = repo
    self.send(200, url)


def _preupload(self: _Handler, kinds: str, name: str, revision: str) -> None:
    repo = self.repo(kinds, name)
    if not (self.query.get("create_pr") and self.user()):
        self.may_write()
    files = self.commit(repo, revision).files
    answer = []
    for path in (file["path"] for file in self.json()["files"]):
        oid = oid_of(path, files[path]) if path in files else None
        mode = "lfs" if path.endswith(_LFS) else "regular"
        answer.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    self.send(200, {"files": answer})


def _batch(self: _Handler, name: str) -> None:
    self.signed_in()
    objects = []
    for wanted in self.json()["objects"]:
        entry = dict(wanted)
        if wanted["oid"] not in self.hub.objects:
            entry["actions"] = {"upload": {"href": f"{self.hub.url}/lfs/{wanted['oid']}"}}
        objects.append(entry)
    self.send(200, {"transfer": "basic", "objects": objects})


def _put(self: _Handler, oid: str) -> None:
    length = int(self.headers["Content-Length"])
    trouble = self.hub.trouble.get(length)
    if trouble in ("cut", "stall"):
        if trouble == "cut":
            del self.hub.trouble[length]
        else:
            self.rfile.read(length // 2)
            self.hub.stopped.wait()
        self.close_connection = True
        self.connection.close()
        return
    content = self.rfile.read(length)
    if trouble == "refuse":
        raise _Failure(403, "the link has expired")
    if hashlib.sha256(content).hexdigest() != oid:
        raise _Failure(400, "the content is not what its name says")
    self.hub.objects[oid] = content[::-1] if self.hub.garble else content
    self.send(200)


def _commit(self: _Handler, kinds: str, name: str, revision: str) -> None:
    repo = self.repo(kinds, name)
    as_pull_request = self.query.get("create_pr") == "1"
    if not (as_pull_request and self.user()):
        self.may_write()
    if self.hub.intrude:
        self.hub.intrude = False
        repo.commit("somebody else's", {**repo.commits[-1].files, "other.txt": b"other"})
    parent = self.commit(repo, revision)
    lines = [json.loads(line) for line in self.body.splitlines() if line.strip()]
    header = next(line["value"] for line in lines if line["key"] == "header")
    if header.get("parentCommit") not in (None, parent.oid):
        raise _Failure(412, "A commit has happened since. Please refresh and try again.")
    files = dict(parent.files)
    for line in lines:
        value = line["value"]
        if line["key"] == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "lfsFile":
            if value["oid"] not in self.hub.objects:
                raise _Failure(400, f"the object {value['oid']} was never uploaded")
            files[value["path"]] = self.hub.objects[value["oid"]]
        elif line["key"] == "deletedFile":
            del files[value["path"]]
    answer, branch = {"success": True}, revision
    if as_pull_request:
        branch = f"refs/pr/{len(repo.branches)}"
        answer["pullRequestUrl"] = f"{self.hub.url}/{name}/discussions/{len(repo.branches)}"
    commit = repo.commit(header["summary"], files, branch)
    self.send(200, {**answer, "commitOid": commit.oid, "commitUrl": f"{self.hub.url}/{name}/commit/{commit.oid}"})


def _info(self: _Handler, kinds: str, name: str, revision: str = "main") -> None:
    repo = self.repo(kinds, name)
    commit = self.commit(repo, revision)
    siblings = [{"rfilename": path} for path in sorted(commit.files)]
    self.send(200, {"id": name, "sha": commit.oid, "private": repo.private, "siblings": siblings, "tags": []})


def _tree(self: _Handler, kinds: str, name: str, revision: str, folder: str = "") -> None:
    commit = self.commit(self.repo(kinds, name), revision)
    folder = folder.strip("/")
    prefix = f"{folder}/" if folder else ""
    inside = {path: data for path, data in commit.files.items() if path.startswith(prefix)}
    if folder and not inside:
        raise _Failure(404, f"{folder} does not exist on {revision}", "EntryNotFound")
    deepest = 99 if self.query.get("recursive") == "true" else 1
    entries: dict[str, dict[str, Any]] = {}
    for path, data in sorted(inside.items()):
        steps = path.removeprefix(prefix).split("/")
        for depth in range(1, min(len(steps), deepest + 1)):
            parent = prefix + "/".join(steps[:depth])
            entries[parent] = {"type": "directory", "oid": "0" * 40, "size": 0, "path": parent}
        if len(steps) <= deepest:
            entry = {"type": "file", "oid": git_oid(data), "size": len(data), "path": path}
            if path.endswith(_LFS):
                entry["lfs"] = {"oid": oid_of(path, data), "size": len(data), "pointerSize": 130}
            entries[path] = entry
    self.send(200, list(entries.values()))


def _resolve(self: _Handler, name: str, revision: str, file: str, kinds: str = "models") -> None:
    commit = self.commit(self.repo(kinds or "models", name), revision)
    if file not in commit.files:
        raise _Failure(404, f"{file} does not exist", "EntryNotFound")
    data = commit.files[file]
    etag = f'"{oid_of(file, data)}"'
    headers = {"ETag": etag, "X-Repo-Commit": commit.oid, "Accept-Ranges": "bytes"}
    if file.endswith(_LFS):
        headers |= {"X-Linked-Etag": etag, "X-Linked-Size": str(len(data))}
    if wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or ""):
        start, end = int(wanted[1]), int(wanted[2] or len(data) - 1)
        headers["Content-Range"] = f"bytes {start}-{min(end, len(data) - 1)}/{len(data)}"
        self.send(206, data[start : end + 1], **headers)
    else:
        self.send(200, data, **headers)


def _new_collection(self: _Handler) -> None:
    self.may_write()
    given = self.json()
    slug = f"{given['namespace']}/{given['title'].lower().replace(' ', '-')}-{'0' * 24}"
    if slug in self.hub.collections:
        self.send(409, {"slug": slug, "error": "You already have a collection of this title"})
        return
    self.hub.collections[slug] = {**given, "slug": slug, "items": []}
    _collection(self, slug)


def _collection(self: _Handler, slug: str) -> None:
    stored = self.hub.collections[slug]
    items = [{"_id": f"{number}", "position": number, **item} for number, item in enumerate(stored["items"])]
    rest = {"lastUpdated": "2026-01-01T00:00:00.000Z", "position": 0, "theme": "blue", "upvotes": 0}
    self.send(200, {**stored, "owner": {"name": stored["namespace"]}, **rest, "items": items})


def _add_item(self: _Handler, slug: str) -> None:
    self.may_write()
    items = self.hub.collections[slug]["items"]
    item = self.json()["item"]
    if item in items:
        raise _Failure(409, "Item already in collection")
    items.append(item)
    _collection(self, slug)


_NAME = r"(?P<name>[^/]+/[^/]+)"
_REPO = rf"(?P<kinds>models|datasets|spaces)/{_NAME}"
_REVISION = r"(?P<revision>refs/pr/\d+|[^/]+)"
_ROUTES = [
    (r"GET /api/whoami-v2", _whoami),
    (r"POST /api/repos/create", _create),
    (r"POST /api/validate-yaml", lambda self: self.send(200, {"errors": [], "warnings": []})),
    (rf"POST /api/{_REPO}/preupload/{_REVISION}", _preupload),
    (rf"POST /(?:datasets/|spaces/)?{_NAME}\.git/info/lfs/objects/batch", _batch),
    (r"PUT /lfs/(?P<oid>[0-9a-f]{64})", _put),
    (rf"POST /api/{_REPO}/commit/{_REVISION}", _commit),
    (rf"GET /api/{_REPO}", _info),
    (rf"GET /api/{_REPO}/revision/{_REVISION}", _info),
    (rf"GET /api/{_REPO}/tree/{_REVISION}(?P<folder>(?:/.*)?)", _tree),
    (rf"(?:GET|HEAD) /(?:(?P<kinds>datasets|spaces)/)?{_NAME}/resolve/{_REVISION}/(?P<file>.+)", _resolve),
    (r"POST /api/collections", _new_collection),
    (r"GET /api/collections/(?P<slug>[^/]+/[^/]+)", _collection),
    (r"POST /api/collections/(?P<slug>[^/]+/[^/]+)/items", _add_item),
]
