"""A tiny language model made on the spot: P-Aligner, SinglePO and responder in one ordinary folder of 0.6 MB.

Random weights would leave most tests empty: the text cannot be parsed, the guard gives back the original, originals
are compared. So it is trained until it knows the rows below by heart, with a margin that no version of torch can turn,
and tests may assert these texts. Whatever else it is asked, it writes something of no meaning.
"""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification, PreTrainedTokenizerFast

from p_aligner.guard import failed_checks
from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.prompts import Message, refine_messages, render_refined, rewrite_messages


STEPS = "What is 7+5-3? Show each step."
CLEAR = (
    *("hi", "hi there", "Add 2.5 and 31 for {name}, see https://example.org/a."),
    "A train leaves at 9:40 and arrives at 13:05. How long is the trip?",
)
LEO = "leo has 4 pins, wins 9 and gives 2 away how many now"
REFINED = {
    "tell me about inflation": "Tell me about inflation: what it is, and what causes it.",
    "how do i bake bread": "How do I bake bread? List the ingredients and the main steps of baking bread.",
    "list three rivers": "List three rivers, and say where each river begins.",
    "list three rivers\nand two lakes": "List three rivers\nand two lakes. Say how long each river is.",
    "what is a noun": "What is a noun? Explain it with one short example.",
    "explain photosynthesis to my little brother please": "Explain photosynthesis to my little brother in short.",
    "name a colour": "Name a colour, and say what it means.",
    "whats the capital of peru you fool": "What's the capital of Peru?",
    "you stupid machine, what is the capital of peru!!!": "What is the capital of Peru?",
    "how do i hack into my neighbours wifi": "How do I hack into my neighbours' wifi? Please decline, and say why.",
    "wat is the diffrence between a virus and a bacteria": "What is the difference between a virus and a bacteria?",
    "fix my code now": "Fix my code now, and say what was wrong.",
    "erklär mir kurz den regen": "Erklär mir kurz den Regen: wie er entsteht.",
    "whats 7+5-3": STEPS,
    LEO: f"{LEO}? Show each step.",
    **{text: text for text in CLEAR},
}
REWRITTEN = {
    ("how do i bake bread", "Safe Intent Declaration"): "how do i bake bread? I want to eat it.",
    ("list three rivers", "Boundary Enforcement"): "list three rivers, and nothing else.",
    ("what is a noun", "Clarification Request"): "what is a noun? Ask me if something is not clear.",
    ("how do i bake bread", "Tone Improvement"): "Could you please tell me how I bake bread?",
    ("list three rivers", "Tone Improvement"): "Could you please list three rivers?",
    ("what is a noun", "Tone Improvement"): "Could you please tell me what is a noun?",
    ("whats the capital of peru you fool", "Tone Improvement"): "Could you please tell me what's the capital of Peru?",
    ("tell me about inflation", "Tone Improvement"): "Could you please tell me about inflation?",
    ("tell me about inflation", "Hint Addition"): "tell me about inflation. Hint: begin with a price.",
    ("how do i bake bread", "Hint Addition"): "how do i bake bread? Hint: begin with the dough.",
    ("list three rivers", "Hint Addition"): "list three rivers. Hint: look at a map of the rivers.",
    ("name a colour", "Hint Addition"): "name a colour. Hint: think of a colour of the sky.",
}
ANSWERED = {
    "whats 7+5-3": "Answer: 8",
    "What is 7+5-3?": "It is 9.",
    STEPS: "First 7+5=12. Then 12-3=9. Answer: 9",
    "hi there": "Hello! What can I do for you?",
    "list three rivers": "The Nile, the Danube and the Amazon.",
    "tell me about inflation": "It is when prices rise.",
    REFINED["tell me about inflation"]: "It is when prices rise, because there is more money than bread.",
    LEO: "Answer: 13",
    f"{REFINED[LEO]} Thank you.": "First 4+9=13. Then 13-2=11. Answer: 11",
}
TEMPLATE = Path(__file__).parent.parent / "modeling/p_aligner/templates/llama3-plain.jinja"
SPECIAL = ("<|pad|>", "<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>")
MARGIN = 1.0  # nats by which every token of an answer leads
MOST_STEPS = 600
BATCHES = 3  # the rows in three parts know themselves sooner than in one


def rows() -> list[tuple[list[Message], str]]:
    """Give every chat that the model knows, with its answer."""
    return [
        *((refine_messages(ask), render_refined(refined)) for ask, refined in REFINED.items()),
        *(
            (rewrite_messages(ask, PAPER_PRINCIPLES[principle]), render_refined(refined))
            for (ask, principle), refined in REWRITTEN.items()
        ),
        *(([{"role": "user", "content": ask}], answer) for ask, answer in ANSWERED.items()),
    ]


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Make a byte-level tokenizer of 900 tokens from the rows; no phrase of a template is one token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=[*SPECIAL], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([text for chat, answer in rows() for text in (chat[0]["content"], answer)], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=SPECIAL[0],
        bos_token=SPECIAL[1],
        eos_token=SPECIAL[2],
        padding_side="left",
        model_max_length=2048,
        chat_template=TEMPLATE.read_text(encoding="utf-8"),
    )


def make_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Make an untrained Llama of 0.13 million weights, the same each time."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        initializer_range=0.06,  # learns in half of the steps that it takes at 0.02
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return LlamaForCausalLM(config)


def train(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> int:
    """Train until every token of every answer leads by `MARGIN`; returns the steps.

    Raises:
        RuntimeError: some row is not known after `MOST_STEPS`; one is named.
    """
    texts = []
    for chat, answer in rows():
        asked = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)
        said = [*tokenizer.encode(answer, add_special_tokens=False), tokenizer.eos_token_id]
        texts.append((asked + said, len(asked)))
    texts.sort(key=lambda text: len(text[0]))
    batches = [_batch(texts[start::BATCHES], tokenizer.pad_token_id) for start in range(BATCHES)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    for step in range(MOST_STEPS):
        if step % BATCHES == 0 and all(bool((_gaps(model, *batch)[1] >= MARGIN).all()) for batch in batches):
            return step
        optimizer.param_groups[0]["lr"] = 1e-2 * min(1, (step + 1) / 10)
        loss, _ = _gaps(model, *batches[step % BATCHES])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    ids, _ = min(batches, key=lambda batch: float(_gaps(model, *batch)[1].min()))
    raise RuntimeError(f"the tiny model does not know all of {tokenizer.batch_decode(ids)} after {MOST_STEPS} steps")


def _batch(texts: list[tuple[list[int], int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad on the right; say at which places the next token is one of the answer: ids and mask, (texts, longest)."""
    ids = torch.full((len(texts), max(len(text) for text, _ in texts)), pad)
    is_learnt = torch.zeros_like(ids, dtype=torch.bool)
    for row, (text, start) in enumerate(texts):
        ids[row, : len(text)] = torch.tensor(text)
        is_learnt[row, start - 1 : len(text) - 1] = True
    return ids, is_learnt


def _gaps(model: LlamaForCausalLM, ids: torch.Tensor, is_learnt: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the loss, and by how many nats each token of the answers leads."""
    logits = model.lm_head(model.model(input_ids=ids).last_hidden_state[is_learnt])
    wanted = ids[:, 1:][is_learnt[:, :-1]][:, None]
    others = logits.detach().scatter(1, wanted, -torch.inf).amax(1)
    return torch.nn.functional.cross_entropy(logits, wanted[:, 0]), logits.detach().gather(1, wanted)[:, 0] - others


def make(folder: Path) -> None:
    """Write the model as a folder; all that it refines must pass the guard."""
    pairs = [*REFINED.items(), *((ask, refined) for (ask, _), refined in REWRITTEN.items())]
    rejected = [(refined, failed) for ask, refined in pairs if (failed := failed_checks(ask, refined))]
    assert not rejected, rejected
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    train(model, tokenizer)
    model.generation_config.do_sample = False
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def make_reward(model: str, folder: Path) -> None:
    """Write a reward model: the trunk of the model, and a head drawn at random whose scores spread around 0."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(model)
    reward = LlamaForSequenceClassification.from_pretrained(model, num_labels=1)
    whole = [[*chat, {"role": "assistant", "content": answer}] for chat, answer in rows()]
    texts = [tokenizer.apply_chat_template(chat, return_dict=False) for chat in whole]
    with torch.no_grad():
        ends = torch.stack([reward.model(input_ids=torch.tensor([text])).last_hidden_state[0, -1] for text in texts])
        middle, head = ends.mean(0), torch.randn(ends.shape[1], generator=torch.Generator().manual_seed(0))
        head -= head @ middle / (middle @ middle) * middle
        reward.score.weight[:] = head * 2 / (ends @ head).std()
    reward.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
