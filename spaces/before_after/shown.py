"""What visitors read, as HTML: the head of the page, examples, changes, verdicts, rewards, trees.

Text of users and models reaches the page only through `escape`, as whatever a template puts out does.
"""

import html
import math
import textwrap
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from settings import Settings
from trees import Row, lay_out

from p_aligner.changes import word_changes
from p_aligner.instructions import ALREADY_CLEAR, FOLLOW_UP
from p_aligner.principles import PAPER_PRINCIPLES
from ultraprompt.search.tree import Node, Tree


HEAD = """
<header><h1>P-Aligner</h1>
<p>Many poor answers begin with an unclear question. A small model rewrites yours before a language model reads it:
you see every changed word, and nothing is sent on until you accept it.</p></header>
"""
CONSENT = (
    "Is this a good refinement? A thumb stores your instruction, the refinement, the thumb, the model's name and the "
    "day, to train better models. Do not rate what is private."
)
# Instructions to begin with, by kind of visitor, each flawed in a way that people's are; none is from a benchmark. The
# page shows no more than 60 characters of one.
RUDE = "you never get anything right, how does compost work!!!"
EXAMPLES = {
    "A student": (
        "explane mitosis and meiosis, i have a test tmrw",
        "why do goldfish forget evrything after 3 seconds",  # they do not
    ),
    "A developer": (
        "for i in range(len(a)): print(a[i+1])  # IndexError, why",
        "write a funtion that checks if an email adress is valid",
    ),
    "Somebody in a hurry": (
        "write something for my mums birthday",  # vague
        "3 tickets at 12.50 and 4 at half of it, how much",
    ),
    "Somebody upset": (RUDE, "my flatmate LIES to me, how do i get into his phone"),  # the second one is unsafe, too
}
SEED = "how do i stop my cat from waking me up so early"  # of a tree

_OURS = {"p-aligner": "P-Aligner", "singlepo": "SinglePO", "smollm2": "SmolLM2-135M-Instruct"}
_LONGEST_REASON = 160
_LONG_TEXT = 700  # characters


def escape(text: str) -> str:
    """Make text harmless in HTML, also inside attributes and JavaScript templates."""
    # The page's HTML component fills `${...}` and `{{...}}` templates.
    return html.escape(text).replace("$", "&#36;").replace("{", "&#123;").replace("`", "&#96;")


def changes_html(before: str, after: str) -> str:
    """Show what a refinement changed, word by word."""
    tags = {"same": ("", ""), "removed": ("<del>", "</del>"), "added": ("<ins>", "</ins>")}
    pieces = (escape(piece).join(tags[kind]) for kind, piece in word_changes(before, after))
    # What has to be scrolled can be scrolled by keys.
    focus = ' tabindex="0"' if len(after) > _LONG_TEXT else ""
    return f'<div class="changes" dir="auto"{focus}>{"".join(pieces)}</div>'


def verdict_html(record: dict[str, object]) -> str:
    """Say in a line what the guard found."""
    if record["changed"]:
        return _verdict(
            "good", "Guard: passed.", "No number, link, quotation, code or variable is lost, the language is the same."
        )
    if record["reason"] == ALREADY_CLEAR:
        return _verdict("good", "Nothing to change.", "Your instruction is clear as it is.")
    if record["reason"] == FOLLOW_UP:
        return _verdict("good", "Left alone.", "It only makes sense after something that was said before.")
    failed = _failed_check(str(record["reason"]))
    why = f"It failed this check: {failed}" if failed else "The model's answer was not one whole rewrite."
    return _verdict("held", "Guard: the rewrite was not used, your own words stay.", why)


def _failed_check(reason: str) -> str:
    if reason.partition(":")[0] in ("unparsable", "unfinished"):  # the rest of it quotes markers that no visitor knows
        return ""
    return textwrap.shorten(reason, _LONGEST_REASON, placeholder=" …")


def _verdict(kind: str, first: str, rest: str) -> str:
    return f'<p class="verdict {kind}"><strong>{escape(first)}</strong> {escape(rest)}</p>'


def spoken(page: str) -> str:
    """Return the text of some HTML, to be read aloud."""
    return escape(Markup(page).striptags())


def provenance_html(settings: Settings) -> str:
    """Say which models work here, where, and what is stored."""
    host = urllib.parse.urlsplit(settings.endpoint).netloc if settings.endpoint else ""
    refiner, rewriter = (_OURS.get(name, name) for name in (settings.model, settings.singlepo))
    responder = settings.responder if host else _OURS.get(settings.responder, settings.responder)
    adapters = [_OURS[name] for name in (settings.model, settings.singlepo) if name in _OURS]
    are = "is an adapter" if len(adapters) == 1 else "are adapters"
    parts = [
        f"Refined by {refiner}, rewritten by {rewriter}, answered by {responder}"
        + (f" at {host}, which gets what you accept or grow a tree of." if host else ", all on this server."),
        f"{' and '.join(adapters)} {are} on {_OURS['smollm2']}, trained on a corpus of P-Aligner kit."
        if adapters
        else "",
        "Only what you rate is stored." if settings.feedback else "Nothing that you type is stored.",
    ]
    return f'<div class="provenance">{"".join(f"<p>{escape(part)}</p>" for part in parts if part)}</div>'


def responder_html(settings: Settings) -> str:
    """Say what is to be expected of the model that answers."""
    most = settings.max_new_tokens
    text = f"An answer has at most {most} tokens, about {most * 3 // 4} words: longer ones end there, unfinished."
    if not settings.endpoint and settings.responder == "smollm2":
        text = f"{_OURS['smollm2']} answers: a small model, fluent, but weak in facts, sums and code. {text}"
    return note_html(text)


def short(text: str) -> str:
    """Cut a text to a line."""
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"


def note_html(text: str) -> str:
    """Show a remark."""
    return f'<p class="note">{escape(text)}</p>'


def working_html(text: str) -> str:
    """Say what is being done."""
    return f'<p class="note working">{escape(text)}</p>'


def scores_said(settings: Settings) -> str:
    """Say what scores are worth."""
    if settings.reward_model == "reward":
        return "The reward model is a small one that agrees with people in about 58 % of pairs: its scores are hints."
    return f"The reward model is {settings.reward_model}: its scores are its opinion."


def rewards_html(rewards: list[float] | None, worth: str, *, are_same: bool) -> str:
    """Compare the two rewards, if there are any: scores of both answers as answers to the original instruction."""
    if rewards is None:
        return note_html("Both were sent the same text.") if are_same else ""
    before, after = rewards
    if are_same:
        said = f"<span>Both were sent the same text. {escape(worth)}</span>"
        return f'<p class="rewards">Reward {before:+.2f}. {said}</p>'
    chance = 1 / (1 + math.exp(min(max(before - after, -500), 500)))
    if abs(chance - 0.5) < 0.05:
        said = "The reward model finds them equally good."
    else:
        which, share = ("second", chance) if chance > 0.5 else ("first", 1 - chance)
        said = f"The reward model prefers the <b>{which}</b> answer ({_percent(share)} sure)."
    return (
        f'<div class="rewards"><p><b>{before:+.2f}</b> before, <b>{after:+.2f}</b> after. {said}</p>'
        f'<div class="scale" aria-hidden="true"><i style="width:{100 * chance:.0f}%"></i></div>'
        f"<p><span>Both answers are scored as answers to your original instruction. {escape(worth)}</span></p></div>"
    )


def _percent(share: float) -> str:
    return "over 99 %" if share > 0.99 else f"{100 * share:.0f} %"


# Of the buttons on the cards.
COPY_JS = """
element.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-copy]');
  if (!button) return;
  try { await navigator.clipboard.writeText(button.dataset.copy); button.textContent = 'Copied'; }
  catch { button.textContent = 'Select the text to copy it'; }
  setTimeout(() => { button.textContent = 'Copy'; }, 1500);
});
"""


def rewrites_html(instruction: str, records: Mapping[str, dict[str, object] | None]) -> str:
    """Show rewrites by several principles side by side; those without a record are still being written."""
    cards = [(PAPER_PRINCIPLES[name], record) for name, record in records.items()]
    return _TEMPLATES.get_template("cards.html.jinja").render(instruction=instruction, cards=cards)


def growth_said(settings: Settings, iterations: int, responses: int) -> str:
    """Say what happens when a tree grows, and what its scores are worth."""
    return (
        f"SinglePO rewrites a version by one principle at a time, and the guard turns bad rewrites away. Each version "
        f"gets {responses} short answers; their scores as answers to your own words are its reward. A tree ends after "
        f"{iterations} rewrites or {settings.timeout_s:g} seconds. {scores_said(settings)}"
    )


def step_said(steps: Sequence[Row], most: int) -> str:
    """Say in a line what the newest step of a growing tree was."""
    step, done = steps[-1], len(steps) - 1
    if step["type"] == "rejected":
        why = _failed_check(step["reason"]) or "not one whole rewrite"
        return f"{done} of {most}: the rewrite by {step['action']} was not used ({why})."
    how = f"{done} of {most}: {step['action']}" if step["action"] else "Your own words"
    return f"{how}, reward {fmean(step['rewards']):.2f}."


def end_said(steps: Sequence[Row], most: int, *, in_time: bool) -> str:
    """Say in a line what has grown."""
    done = len(steps) - 1
    used = sum(step["type"] == "node" for step in steps) - 1
    early = "There was nothing else to try." if in_time else "The time that a request may take was over."
    return f"Grown: {done} rewrites, {used} of them used." + (f" {early}" if done < most else "")


def growth_html(steps: Sequence[Row], category: str) -> str:
    """Draw what has grown so far, and say what was turned away."""
    tree = Tree("your own", steps[0]["instruction"], category=category)
    for step in steps:
        tree.take(step)
    unused = [(step["action"], _failed_check(step["reason"])) for step in steps if step["type"] == "rejected"]
    return tree_html(tree) + _TEMPLATES.get_template("unused.html.jinja").render(unused=unused)


def tree_html(tree: Tree) -> str:
    """Draw a tree of radio buttons; the text of the chosen node stands below.

    Which text is seen is a matter of style alone (`:has`): no request, and arrow keys walk through the nodes.
    """
    worst = min(tree.nodes, key=lambda node: node.reward)
    lowest, spread = worst.reward, tree.best.reward - worst.reward

    def shade(node: Node) -> int:
        return min(4, int(5 * (node.reward - lowest) / spread)) if spread else 0

    return _TEMPLATES.get_template("tree.html.jinja").render(
        tree=tree,
        places=lay_out(tree),
        best=[*tree.best.ancestors()][::-1],
        worst=[*worst.ancestors()][::-1],
        shade=shade,
        principles={principle.name: principle.description for principle in PAPER_PRINCIPLES},
    )


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    autoescape=True,
    finalize=lambda value: value if isinstance(value, Markup) else Markup(escape(str(value))),
)
_TEMPLATES.filters["score"] = "{:.2f}".format
_TEMPLATES.globals.update(changes=changes_html, verdict=verdict_html)
