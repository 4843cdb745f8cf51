"""Training recipes: every one is understood, and `p-aligner check` finds what TRL would pass over in silence."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY
from transformers import AutoTokenizer, LlamaConfig

from p_aligner.cli import main
from p_aligner.errors import InputError
from p_aligner.prompts import refine_messages, render_refined
from p_aligner.training import recipes
from p_aligner.training.checks import Check
from p_aligner.training.preflight import check


RECIPES = sorted(
    path.relative_to(REPOSITORY)
    for folder in ("smollm2", "llama-3.2-3b")
    for path in (REPOSITORY / "recipes" / folder).glob("*.yaml")
)
ACCELERATE = sorted((REPOSITORY / "recipes/accelerate").glob("*.yaml"))


def row(instruction: str, chosen: str = "better", rejected: str = "worse") -> dict[str, Any]:
    sides = {"chosen": f"{chosen} {instruction:.20}", "rejected": f"{rejected} {instruction:.20}"}
    answers = {name: [{"role": "assistant", "content": render_refined(text)}] for name, text in sides.items()}
    return {"prompt": refine_messages(instruction), **answers}


@pytest.fixture
def model(tiny: str, tmp_path: Path) -> Path:
    return shutil.copytree(tiny, tmp_path / "model")


def write(folder: Path, model: Path, rows: list[dict[str, Any]], **settings: Any) -> Path:
    data = folder / "data"
    data.mkdir(exist_ok=True)
    (data / "train.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    recipe = {
        **{"model_name_or_path": str(model), "dataset_name": str(data), "output_dir": str(folder / "out")},
        **{"max_length": 128, "report_to": "none", **settings},
    }
    path = folder / "recipe.yaml"
    path.write_text(f"# trl dpo --config {path}\n{yaml.safe_dump(recipe)}", encoding="utf-8")
    return path


def checks(recipe: Path, *overrides: str) -> dict[str, Check]:
    return {each.name: each for each in check(recipe, overrides=overrides)}


def test_no_recipe_of_trl_is_left_out() -> None:
    paths = (REPOSITORY / "recipes").rglob("*.yaml")
    of_trl = [path for path in paths if "\n# trl " in path.read_text(encoding="utf-8")]
    assert sorted(path.relative_to(REPOSITORY) for path in of_trl) == RECIPES
    assert ACCELERATE


@pytest.mark.parametrize("path", RECIPES, ids=str)
def test_every_recipe_is_understood(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strictly: a key that TRL does not know is an error. The second line is a command that names the file."""
    text = (REPOSITORY / path).read_text(encoding="utf-8")
    _, command, hardware, *_ = text.splitlines()
    program, trainer, option, named, *others = command.removeprefix("# ").split()
    assert (program, option, named) == ("trl", "--config", str(path))
    assert hardware.startswith("# ")
    assert all(word.startswith("--") or (REPOSITORY / word).exists() for word in others)
    monkeypatch.setenv("ALIGN_PRO", "")  # the parser sets what a recipe's `env` says
    parser = importlib.import_module(f"trl.scripts.{trainer}").make_parser()
    here = ["--use_cpu", "true", "--bf16", "false"]
    _, training, model, _ = parser.parse_args_and_config(
        ["--config", str(REPOSITORY / path), *here], fail_with_unknown_args=True
    )
    assert training.output_dir == f"runs/{path.parent.name}/{path.stem}"
    start = Path(model.model_name_or_path)  # the base model, or what another recipe made of it
    assert start.parent == Path("runs", path.parent.name)
    given = ("base", "shipped-p-aligner")  # what `rows.py` puts there
    assert start.name in given or path.with_name(f"{start.name}.yaml") in RECIPES


@pytest.mark.parametrize("path", ACCELERATE, ids=lambda path: path.stem)
def test_accelerate_understands_its_files(path: Path) -> None:
    from accelerate.commands.config.config_args import load_config_from_file

    config = load_config_from_file(str(path))
    assert config.num_processes == {"cpu": 1, "gpu": 1, "cpu-2": 2}.get(path.stem, 4)


@pytest.mark.parametrize("trainer", ["sft", "dpo", "reward"])
def test_a_sound_recipe_passes(trainer: str, tmp_path: Path, model: Path) -> None:
    rows = [{**row(text), "completion": row(text)["chosen"]} for text in ("a", "b")]
    found = {each.name: each for each in check(write(tmp_path, model, rows), trainer=trainer)}
    assert {each.name for each in found.values() if not each.passed} == set()
    assert list(found)[-1] == "disk"
    assert "0.1 M weights" in found["memory"].text


def test_a_recipe_with_a_byte_order_mark_is_read(tmp_path: Path, model: Path) -> None:
    path = write(tmp_path, model, [row("a")])
    path.write_text("\ufeff" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert all(each.passed for each in check(path))


@pytest.mark.slow
def test_the_recipes_of_smollm2_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the rows of the corpus, with the base model that `rows.py` links."""
    monkeypatch.chdir(REPOSITORY)
    subprocess.run([sys.executable, "recipes/smollm2/rows.py", str(tmp_path)], check=True, capture_output=True)
    for name in ("p_aligner", "singlepo"):
        here = ("--model_name_or_path", str(tmp_path / "base"), "--dataset_name", str(tmp_path / "rows" / name))
        found = checks(Path(f"recipes/smollm2/{name}.yaml"), *here)
        assert {each.name for each in found.values() if not each.passed} == set()
        assert "134.5 M weights" in found["memory"].text


def online(folder: Path, model: Path, rows: list[dict[str, Any]], **settings: Any) -> Path:
    """Write a recipe for `trl grpo`; its reward function is a file beside it."""
    (folder / "mine.py").write_text(
        "def by_length(completions, src_instruction, **_):\n    return [0.0] * len(completions)\n"
    )
    here = {"reward_funcs": ["mine.by_length"], "max_completion_length": 64, "num_generations": 4, **settings}
    path = write(folder, model, rows, per_device_train_batch_size=8, **here)
    text = path.read_text(encoding="utf-8").replace("trl dpo", "trl grpo").replace("max_length: 128\n", "")
    path.write_text(text, encoding="utf-8")
    return path


def prompts(*texts: str) -> list[dict[str, Any]]:
    return [{"prompt": refine_messages(text), "src_instruction": text} for text in texts]


def test_a_recipe_that_learns_online_is_looked_through(tmp_path, model, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recipe = online(tmp_path, model, prompts("a", "word " * 100))
    found = checks(recipe)
    assert {name for name, each in found.items() if not each.passed} == {"completions"}
    assert found["completions"].text.startswith("1 of 2 instructions are too long to be repeated in 64 tokens")
    assert "max_completion_length 64, the model has 2,048" in found["length"].text
    assert found["groups"].text.startswith("4 completions of each prompt, 2 prompts at a time")
    assert found["KL weight"].text.startswith("beta 0: nothing holds")
    assert "mine.by_length can be imported" in found["reward"].text
    assert "for 8 completions at once, no reward model" in found["memory"].text
    held = checks(recipe, "--beta", "0.1", "--max_completion_length", "2000")
    assert held["KL weight"].text.startswith("beta 0.1: a second model")
    assert not held["length"].passed
    assert held["completions"].passed


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mine.of_nothing", "mine.of_nothing cannot be imported: module 'mine' has no attribute"),
        ("nowhere.by_length", "nowhere.by_length cannot be imported: No module named 'nowhere'"),
        ("by_length", "neither TRL's own nor a dotted path"),
        ("mine.by_length", "asks for src_instruction, which the data has not"),
    ],
)
def test_a_reward_that_trl_would_stumble_over_is_found(name, message, tmp_path, model, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    recipe = online(tmp_path, model, [{"prompt": refine_messages("a")}], reward_funcs=[name])
    found = checks(recipe)
    assert {one for one, each in found.items() if not each.passed} == {"reward"}
    assert message in found["reward"].text
    assert "how long they will be is not checked" in found["completions"].text


def test_what_would_be_cut_or_dropped_is_counted(tmp_path: Path, model: Path) -> None:
    rows = [row(f"instruction {number}") for number in range(97)]
    rows += [row("word " * 200), row("word " * 200), row("short", chosen="word " * 200)]
    recipe = write(tmp_path, model, rows)
    length = checks(recipe)["length"]
    assert not length.passed
    assert "max_length 128: 2 of 100 rows would be dropped, 1 cut, 3.0%" in length.text
    assert checks(recipe, "--max_length", "1024")["length"].passed
    assert "cuts nothing" in checks(recipe, "--max_length", "null")["length"].text
    length = checks(write(tmp_path, model, [*rows[:97], *rows[:2], rows[98]]))["length"]
    assert length.passed
    assert "1 of 100 rows would be dropped, 0 cut" in length.text
    rows[98] = row("short", chosen="word " * 200 + "a", rejected="word " * 200 + "b")
    length = checks(write(tmp_path, model, rows))["length"]
    said = "1 of 100 rows would be dropped, 2 cut, 1 of these into pairs that are equal on both sides"
    assert said in length.text


def test_templates_that_spoil_the_training_are_found(tmp_path: Path, model: Path) -> None:
    template = AutoTokenizer.from_pretrained(model).chat_template
    recipe = write(tmp_path, model, [row("a"), row("b")])

    def failed(changed: str) -> set[str]:
        (model / "chat_template.jinja").write_text(changed, encoding="utf-8")
        return {each.name for each in check(recipe) if not each.passed}

    assert failed(template) == set()
    assert failed("{{ strftime_now('%d %b %Y') }}" + template) == {"chat template"}
    assert failed("{{ bos_token }}" + template) == {"one BOS"}
    without = template.replace("{{- bos_token -}}", "")
    assert failed(without) == {"one BOS"}
    # As ChatML does in SmolLM2, whose BOS opens every turn.
    assert failed(without.replace("{{- '<|start_header_id|>", "{{- bos_token + '<|start_header_id|>")) == set()
    assert failed(template + "{% if add_generation_prompt %}Well: {% endif %}") == {"same prompt on both sides"}
    assert "an end to learn" in failed("{% for message in messages %}{{ message.content }}{% endfor %}")


def test_rows_of_plain_text_are_measured(tmp_path: Path, model: Path) -> None:
    recipe = write(tmp_path, model, [{"prompt": "A: ", "chosen": "word " * 200, "rejected": "b"}])
    assert "0 of 1 rows would be dropped, 1 cut" in checks(recipe)["length"].text
    assert checks(recipe, "--max_length", "1000")["length"].passed


def turns(*texts: str | None, **more: Any) -> list[dict[str, Any]]:
    chat = [{"role": "user" if place % 2 == 0 else "assistant", "content": text} for place, text in enumerate(texts)]
    return [*chat[:-1], {**chat[-1], **more}]


B, C = turns("a", "b")[1:], turns("a", "c")[1:]
CALL = {"tool_calls": [{"type": "function", "function": {"name": "add", "arguments": {"a": 1}}}]}
SYSTEM = [{"role": "system", "content": "be brief"}]


@pytest.mark.parametrize(
    ("trainer", "rows"),
    [
        ("dpo", [{"chosen": turns("a", "b"), "rejected": turns("a", "c")}]),
        ("dpo", [{"chosen": SYSTEM + turns("a", "b", "c", "d"), "rejected": SYSTEM + turns("a", "b", "c", "e")}]),
        ("dpo", [{"chosen": "Q: a A: b", "rejected": "Q: a A: c"}]),
        ("reward", [{"chosen": turns("a", "b"), "rejected": turns("a", "c")}]),
        ("reward", [{"chosen": "good", "rejected": "bad"}]),
        ("sft", [{"messages": turns("a", "b", "c", "d"), "id": 1}]),
        ("sft", [{"conversations": [{"from": "user", "value": "a"}, {"from": "assistant", "value": "b"}]}]),
        ("sft", [{"text": "some text"}]),
        ("sft", [{"prompt": "a", "completion": " b"}]),
        ("sft", [{"prompt": turns("a"), "completion": turns("a", "b")[1:]}]),
    ],
)
def test_the_forms_that_trl_trains_on_pass(trainer: str, rows: list[Any], tmp_path: Path, model: Path) -> None:
    found = list(check(write(tmp_path, model, rows), trainer=trainer))
    assert [str(each) for each in found if not each.passed] == []
    assert found[-1].name == "disk"


def test_a_chat_is_read_as_trl_reads_it(tmp_path: Path, model: Path) -> None:
    """A prompt that both answers share, or that stands in a column of its own: the same tokens."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    recipe = recipes.read(write(tmp_path, model, [row("a")]))
    explicit, implicit = {"prompt": turns("a")}, {}
    for side, text in (("chosen", "b"), ("rejected", "c")):
        explicit[side], implicit[side] = turns("a", text)[1:], turns("a", text)
    assert recipes.examples(explicit, recipe, tokenizer) == recipes.examples(implicit, recipe, tokenizer)
    sft = recipes.read(write(tmp_path, model, [row("a")]), trainer="sft")
    (learned,) = recipes.examples({"messages": turns("a", "b")}, sft, tokenizer)
    assert learned.whole == tokenizer.apply_chat_template(turns("a", "b"), return_dict=False)
    assert learned.answer == learned.whole[1:], "TRL learns the turns of the user, too"


@pytest.mark.parametrize(
    ("trainer", "bad", "said"),
    [
        ("dpo", {"prompt": turns("a"), "chosen": turns("a", None)[1:], "rejected": C}, "`chosen` .*null"),
        ("dpo", {"prompt": None, "chosen": B, "rejected": C}, "`prompt` is null"),
        ("dpo", {"prompt": "a", "chosen": B, "rejected": C}, "text, .* chat.* one kind"),
        ("dpo", {"prompt": turns("a"), "chosen": "b", "rejected": "c"}, "chat, .* text.* one kind"),
        ("dpo", {"prompt": turns("a"), "chosen": [], "rejected": C}, "`chosen` is a chat without turns"),
        ("dpo", {"chosen": turns("a", "b"), "rejected": turns("z", "c")}, "do not begin alike"),
        ("sft", {"messages": turns("a", None, **CALL)}, "cannot write a chat with tool calls"),
        ("sft", {"messages": turns("a", "", **CALL)}, "leaves out the tool call 'add'"),
        ("sft", {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]}, "template"),
        ("sft", {"text": 3}, "neither text nor a chat: 3"),
        ("grpo", {"prompt": None}, "`prompt` is null"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_told_in_words(trainer, bad, said, tmp_path, model, capsys):
    settings = {"reward_funcs": ["accuracy_reward"]} if trainer == "grpo" else {}
    recipe = write(tmp_path, model, [bad], **settings)
    if trainer == "grpo":
        recipe.write_text(recipe.read_text(encoding="utf-8").replace("max_length: 128\n", ""), encoding="utf-8")
    assert main(["check", str(recipe), "--trainer", trainer]) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    assert re.match(f"FAIL rows: 1 of 1 cannot be trained on, row 1: .*{said}", line), line


def test_what_teaches_nothing_is_found(tmp_path: Path, model: Path) -> None:
    def failed(*rows: dict[str, Any]) -> dict[str, str]:
        found = checks(write(tmp_path, model, [*rows]))
        return {name: each.text for name, each in found.items() if not each.passed}

    def pair(number: int, chosen: str, rejected: str) -> dict[str, Any]:
        return {"prompt": turns(f"{number}"), "chosen": turns("", chosen)[1:], "rejected": turns("", rejected)[1:]}

    assert failed(*(pair(one, f"b{one}", f"c{one}") for one in range(4))) == {}
    equal = failed(*(pair(one, f"b{one}", f" b{one}") for one in range(4)))
    assert equal == {"pairs that differ": "4 of 4 are equal on both sides"}
    empty = failed(*(pair(one, f"b{one}", " ") for one in range(4)))
    assert empty == {"answers": "4 of 8 are empty"}
    same = failed(*(pair(one, f"b{one}", "no") for one in range(4)))
    assert same == {"variety": "all 4 rows have the same `rejected`: 'no'"}
    assert failed(*(pair(one, f"b{one}", f"c{one}" if one else "b0") for one in range(100))) == {}, "one in a hundred"
    told = failed(pair(0, "b", "c"), {**pair(1, "d", "e"), "chosen": None})
    assert told == {"rows": "1 of 2 cannot be trained on, row 2: `chosen` is null"}


def test_a_model_of_three_billion_is_estimated(tmp_path: Path, model: Path) -> None:
    """On the meta device, from the published configuration of Llama 3.2 3B."""
    LlamaConfig(
        vocab_size=128256,
        hidden_size=3072,
        intermediate_size=8192,
        num_hidden_layers=28,
        num_attention_heads=24,
        num_key_value_heads=8,
        head_dim=128,
        tie_word_embeddings=True,
    ).save_pretrained(model)
    recipe = write(tmp_path, model, [row("a")], per_device_train_batch_size=1)
    memory = checks(recipe)["memory"].text
    assert memory.startswith("3,212.7 M weights, 3,212.7 M trained: 64.")
    lora = ("--use_peft", "true", "--lora_r", "16", "--lora_target_modules", "all-linear")
    assert checks(recipe, *lora)["memory"].text.startswith("3,212.7 M weights, 24.3 M trained: 13.")


@pytest.mark.parametrize(
    ("settings", "words", "message"),
    [
        ({"no_such_key": 1}, [], "keys that neither TRL nor accelerate knows: --no_such_key"),
        ({"beta": "much"}, [], "has a mistake: .*much"),
        ({"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0]}, [], "has a mistake"),
        ({"dataset_train_split": "dev"}, [], "the data set .* cannot be loaded"),
        ({"model_name_or_path": "./none"}, [], "there is no model in ./none: make it first"),
        ({}, ["--trainer", "sft"], "`trl sft` needs the columns prompt, completion, missing: completion"),
        ({"dataset_text_field": "body"}, ["--trainer", "sft"], "needs the columns prompt, completion, missing"),
    ],
)
def test_mistakes_are_one_line(settings, words, message, tmp_path, model, capsys):
    recipe = write(tmp_path, model, [row("a")], **settings)
    assert main(["check", str(recipe), *words]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("p-aligner: ")]
    assert re.search(message, line), line


def test_keys_of_the_launcher_are_no_mistakes(tmp_path: Path, model: Path) -> None:
    recipe = write(tmp_path, model, [row("a")], num_processes=2, accelerate_config="recipes/accelerate/cpu-2.yaml")
    assert all(each.passed for each in check(recipe))


def test_a_recipe_says_what_it_is_for(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("max_length: 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"does not say what it is for: add --trainer sft\|dpo\|reward"):
        list(check(path))
    with pytest.raises(InputError, match="cannot be read"):
        list(check(tmp_path / "none.yaml"))


def test_the_command_tells_by_its_status(tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = write(tmp_path, model, [row("a")])
    assert main(["check", str(recipe)]) == 0
    assert main(["check", str(recipe), "--max_length", "5"]) == 1
    assert "FAIL length: " in capsys.readouterr().out
