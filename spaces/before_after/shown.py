"""What visitors read, as HTML: the head of the page, examples, changes, verdicts, rewards, trees.

Text of users and models reaches the page only through `escape`. Everything here is a pure function.
"""

import html
import math
import textwrap
import urllib.parse
from collections.abc import Mapping

from settings import Settings
from trees import Node, Tree

from p_aligner.changes import word_changes
from p_aligner.instructions import ALREADY_CLEAR, FOLLOW_UP, outcome_of
from p_aligner.principles import PAPER_PRINCIPLES


HEAD = """
<header><h1>P-Aligner</h1>
<p>Many poor answers begin with an unclear question. A small model rewrites yours before a language model reads it:
you see every changed word, and nothing is sent on until you accept it.</p></header>
"""
CONSENT = (
    "Is this a good refinement? A thumb stores your instruction, the refinement, the thumb, the model's name and the "
    "day, to train better models. Do not rate what is private."
)
# Instructions to begin with, each flawed in a way that people's are; none is from a benchmark. The page shows no more
# than 60 characters of one.
RUDE = "you never get anything right, how does compost work!!!"
EXAMPLES = (
    "wich plants dont need much lite in a small bathrom",
    RUDE,
    "write something for my mums birthday",  # vague
    "how do i get into my flatmates phone without him noticing",  # unsafe
    "for i in range(len(a)): print(a[i+1])  # IndexError, why",
    "3 tickets at 12.50 and 4 at half of it, how much is that",
    "Why do goldfish forget everything after three seconds?",  # they do not
    "In at most 60 words, explain how a vaccine works.",  # clear: it stays as it is
)

_OURS = {"p-aligner": "P-Aligner", "singlepo": "SinglePO", "smollm2": "SmolLM2-135M-Instruct"}
_LONGEST_REASON = 160
_NODE_PX, _COLUMN_PX, _LEVEL_PX = 44, 54, 74
_SHADES = 5


def escape(text: str) -> str:
    """Make text harmless in HTML, also inside attributes and JavaScript templates."""
    # The page's HTML component fills `${...}` and `{{...}}` templates.
    return html.escape(text).replace("$", "&#36;").replace("{", "&#123;").replace("`", "&#96;")


def changes_html(before: str, after: str) -> str:
    """Show what a refinement changed, word by word."""
    tags = {"same": ("", ""), "removed": ("<del>", "</del>"), "added": ("<ins>", "</ins>")}
    pieces = (escape(piece).join(tags[kind]) for kind, piece in word_changes(before, after))
    return f'<div class="changes" dir="auto">{"".join(pieces)}</div>'


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
    reason = str(record["reason"])
    if outcome_of(record) in ("unparsable", "unfinished"):  # the rest of it quotes markers that no visitor knows
        why = "The model's answer was not one whole rewrite."
    else:
        why = f"It failed this check: {textwrap.shorten(reason, _LONGEST_REASON, placeholder=' …')}"
    return _verdict("held", "Guard: the rewrite was not used, your own words stay.", why)


def _verdict(kind: str, first: str, rest: str) -> str:
    return f'<p class="verdict {kind}" role="status"><strong>{escape(first)}</strong> {escape(rest)}</p>'


def provenance_html(settings: Settings) -> str:
    """Say which models work here, where, and what is stored."""
    host = urllib.parse.urlsplit(settings.endpoint).netloc if settings.endpoint else ""
    refiner, rewriter = (_OURS.get(name, name) for name in (settings.model, settings.singlepo))
    responder = settings.responder if host else _OURS.get(settings.responder, settings.responder)
    adapters = [_OURS[name] for name in (settings.model, settings.singlepo) if name in _OURS]
    are = "is an adapter" if len(adapters) == 1 else "are adapters"
    parts = [
        f"Refined by {refiner}, rewritten by {rewriter}, answered by {responder}"
        + (f" at {host}, which gets what you accept." if host else ", all on this server."),
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


def note_html(text: str) -> str:
    """Show a remark."""
    return f'<p class="note">{escape(text)}</p>'


def working_html(text: str) -> str:
    """Say what is being done."""
    return f'<p class="note working" role="status">{escape(text)}</p>'


def rewards_html(rewards: list[float] | None, *, are_same: bool) -> str:
    """Compare the two rewards, if there are any: scores of both answers as answers to the original instruction."""
    if rewards is None:
        return note_html("Both were sent the same text.") if are_same else ""
    before, after = rewards
    if are_same:
        return f'<p class="rewards">Reward {before:+.2f}. <span>Both were sent the same text.</span></p>'
    chance = 1 / (1 + math.exp(min(max(before - after, -500), 500)))
    if abs(chance - 0.5) < 0.05:
        said = "The reward model finds them equally good."
    else:
        which, share = ("second", chance) if chance > 0.5 else ("first", 1 - chance)
        said = f"The reward model prefers the <b>{which}</b> answer ({_percent(share)} sure)."
    return (
        f'<div class="rewards" role="status"><p><b>{before:+.2f}</b> before, <b>{after:+.2f}</b> after. {said}</p>'
        f'<div class="scale" aria-hidden="true"><i style="width:{100 * chance:.0f}%"></i></div>'
        "<p><span>Both answers are scored as answers to your original instruction.</span></p></div>"
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
    cards = []
    for name, record in records.items():
        principle = PAPER_PRINCIPLES[name]
        if record is None:
            body = '<p class="waiting">writing …</p>'
        else:
            refined = str(record["refined_instruction"])
            copy = f'<button type="button" class="copy" data-copy="{escape(refined)}">Copy</button>'
            body = changes_html(instruction, refined) + verdict_html(record) + copy
        cards.append(
            f'<article class="card"><h3>{escape(principle.name)}</h3>'
            f'<p class="asks"><b>{escape(principle.domain)}:</b> {escape(principle.description)}</p>{body}</article>'
        )
    return f'<div class="cards">{"".join(cards)}</div>'


def tree_html(tree: Tree) -> str:
    """Draw a tree of radio buttons; the text of the chosen node stands below.

    Which text is seen is a matter of style alone (`:has`): no request, and arrow keys walk through the nodes.
    """
    best, worst = tree.path(tree.best), tree.path(tree.worst)
    width = int(tree.columns * _COLUMN_PX) + _NODE_PX + 16
    height = tree.levels * _LEVEL_PX + _NODE_PX + 16
    rules = "".join(
        f".tree:has(input[value='{node.number}']:checked) .reading-{node.number}{{display:block}}"
        for node in tree.nodes
    )
    return (
        f"<style>{rules}</style>"
        '<div class="tree">'
        f'<div class="scroll"><div class="canvas" role="radiogroup" aria-label="Versions of the instruction" '
        f'style="width:{width}px;height:{height}px">{_edges(tree, best, worst, width, height)}'
        f"{''.join(_node(tree, node, best, worst) for node in tree.nodes)}</div></div>"
        f"{_legend(tree, best, worst)}"
        f"{''.join(_reading(tree, node) for node in tree.nodes)}</div>"
    )


def _edges(tree: Tree, best: list[Node], worst: list[Node], width: int, height: int) -> str:
    by_number = {node.number: node for node in tree.nodes}
    lines = []
    for node in tree.nodes[1:]:
        parent = by_number[node.parent or 0]
        kind = "best" if node in best else "worst" if node in worst else ""
        (x, y), (to_x, to_y) = _centre(parent), _centre(node)
        middle = (y + to_y) / 2
        lines.append(f'<path class="{kind}" d="M{x:g} {y:g}C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {to_y:g}"/>')
    return f'<svg width="{width}" height="{height}" aria-hidden="true">{"".join(lines)}</svg>'


def _centre(node: Node) -> tuple[float, float]:
    return 8 + node.column * _COLUMN_PX + _NODE_PX / 2, 8 + node.level * _LEVEL_PX + _NODE_PX / 2


def _node(tree: Tree, node: Node, best: list[Node], worst: list[Node]) -> str:
    x, y = _centre(node)
    spread = tree.best.reward - tree.worst.reward
    shade = 0 if not spread else min(_SHADES - 1, int(_SHADES * (node.reward - tree.worst.reward) / spread))
    kinds = [f"shade-{shade}", *(["best"] if node in best else []), *(["worst"] if node in worst else [])]
    name = f"Node {node.number}, {node.action or 'the seed'}, reward {node.reward:.2f}"
    return (
        f'<label class="node {" ".join(kinds)}" title="{escape(name)}" '
        f'style="left:{x - _NODE_PX / 2:g}px;top:{y - _NODE_PX / 2:g}px">'
        f'<input type="radio" name="{escape(tree.id)}" value="{node.number}" aria-label="{escape(name)}"'
        f"{' checked' if node is tree.best else ''}><span>{node.reward:.2f}</span></label>"
    )


def _legend(tree: Tree, best: list[Node], worst: list[Node]) -> str:
    shades = "".join(f'<i class="shade-{shade}"></i>' for shade in range(_SHADES))
    return (
        f'<div class="legend"><p>{tree.worst.reward:.2f} <span class="shades" aria-hidden="true">{shades}</span> '
        f"{tree.best.reward:.2f} mean reward of the answers</p>"
        f'<p><b class="best">Best path</b> {_path(best)}</p>'
        f'<p><b class="worst">Worst path</b> {_path(worst)}</p></div>'
    )


def _path(nodes: list[Node]) -> str:
    return " → ".join(escape(node.action or "your seed") for node in nodes)


def _reading(tree: Tree, node: Node) -> str:
    path = tree.path(node)
    if node.action is None:
        head, text = "The seed", f'<div class="changes" dir="auto">{escape(node.instruction)}</div>'
        asks = "What the user wrote. The answers to every version are scored as answers to it."
    else:
        head, text = node.action, changes_html(path[-2].instruction, node.instruction)
        known = {principle.name: principle.description for principle in PAPER_PRINCIPLES}
        asks = f"Rewritten by {known.get(node.action, 'a principle of its own')}."
    answers = "".join(
        f'<li><b>{reward:.2f}</b><div class="answer" dir="auto">{escape(said)}</div></li>'
        for reward, said in zip(node.rewards, node.responses, strict=False)
    )
    return (
        f'<article class="reading reading-{node.number}"><h3>{escape(head)}</h3>'
        f'<p class="asks">Node {node.number}, reward {node.reward:.2f}. {escape(asks)}</p>{text}'
        f'<h4>Answers and their rewards</h4><ol class="answers">{answers}</ol></article>'
    )
