"""What setup.cfg says is what the tree holds."""

import configparser

from conftest import REPOSITORY


def setup_cfg() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    return config


def test_every_package_is_listed() -> None:
    options = setup_cfg()["options"]
    roots = dict(line.split(" = ") for line in options["package_dir"].strip().splitlines())
    found = set()
    for package, folder in roots.items():
        root = REPOSITORY / folder
        found |= {".".join([package, *path.parent.relative_to(root).parts]) for path in root.rglob("__init__.py")}
    assert set(options["packages"].split()) == found


def test_every_data_file_is_packaged() -> None:
    patterns = setup_cfg()["options.package_data"]
    roots = setup_cfg()["options"]["package_dir"].strip().splitlines()
    for package, folder in (line.split(" = ") for line in roots):
        root = REPOSITORY / folder
        packaged = {path for pattern in patterns[package].split(", ") for path in root.glob(pattern)}
        data = {path for path in root.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
        assert data == {path for path in packaged if path.is_file()}


def test_no_weights_are_larger_than_ten_megabytes() -> None:
    weights = list((REPOSITORY / "modeling/p_aligner").rglob("*.safetensors"))
    assert weights
    assert all(path.stat().st_size <= 10_000_000 for path in weights)


def test_every_dependency_has_a_lower_bound() -> None:
    config = setup_cfg()
    lists = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    requirements = [line for text in lists for line in text.split() if not line.startswith("types-")]
    assert requirements
    assert [requirement for requirement in requirements if ">=" not in requirement] == []
