"""`trl sft` of an adapter on a CPU, without evaluation: `python recipes/smollm2/sft.py --config FILE.yaml`.

Two things are left out that a CPU is slow at: what enters an adapter is cast to float32 (peft), which autocast undoes
at once; and the states are multiplied by the vocabulary in float32, in tiles (TRL). One thing is added: the token that
decides whether a copied request ends or a wish follows counts as many (`--decision_weight`): it is one of thirty, and
nothing else says whether harm or a lack was seen.
"""

from dataclasses import dataclass
from typing import Any

import torch
from datasets import load_dataset
from peft.helpers import disable_input_dtype_casting
from torch.nn.functional import cross_entropy
from trl import ModelConfig, ScriptArguments, SFTConfig, SFTTrainer, TrlParser, get_peft_config

from p_aligner.prompts import OUTPUT_END


_WISHES = (" Please decline", " Please comfort")


@dataclass
class DecisionArguments:
    """What this script adds to those of `trl sft`."""

    decision_weight: float = 20.0


class CPUTrainer(SFTTrainer):
    """TRL's trainer with a plain loss: logits only where a token is learnt, in one piece, and decisions weighted."""

    decision_weight = 1.0

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | None = None,
    ) -> Any:
        if return_outputs or num_items_in_batch is None:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        language_model = self.accelerator.unwrap_model(model).get_base_model()
        labels = inputs["labels"][:, 1:]
        learnt = labels != -100
        with self.accelerator.autocast():
            states = language_model.model(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False
            ).last_hidden_state
            logits = language_model.lm_head(states[:, :-1][learnt]).float()
        hits = (logits.argmax(-1) == labels[learnt]).float().mean()
        self._metrics["train"]["mean_token_accuracy"].append(hits.item())
        losses = cross_entropy(logits, labels[learnt], reduction="none")
        decides = self._decisions(labels)[learnt]
        return (losses * torch.where(decides, self.decision_weight, 1.0)).sum() / num_items_in_batch

    def _decisions(self, labels: torch.Tensor) -> torch.Tensor:
        """Find where the end marker begins, the wish, or whatever follows the end of a sentence: (rows, tokens)."""
        found = torch.zeros_like(labels, dtype=torch.bool)
        for text in (OUTPUT_END, *_WISHES):
            tokens = self.processing_class.encode(text, add_special_tokens=False)
            begins = [labels.roll(-place, dims=1) == token for place, token in enumerate(tokens)]
            found |= torch.stack(begins).all(dim=0)
        stops = torch.tensor([self.processing_class.convert_tokens_to_ids(sign) for sign in ".?!"])
        found |= torch.isin(labels.roll(1, dims=1), stops.to(labels.device))
        return found & (labels != -100)


def main() -> None:
    parser = TrlParser((ScriptArguments, SFTConfig, ModelConfig, DecisionArguments))
    script, training, model, decisions = parser.parse_args_and_config(fail_with_unknown_args=False)
    training.model_init_kwargs = {"dtype": model.dtype, "attn_implementation": model.attn_implementation}
    trainer = CPUTrainer(
        model.model_name_or_path,
        args=training,
        train_dataset=load_dataset(script.dataset_name, split=script.dataset_train_split),
        peft_config=get_peft_config(model),
    )
    trainer.decision_weight = decisions.decision_weight
    with disable_input_dtype_casting(trainer.model):
        trainer.train(resume_from_checkpoint=training.resume_from_checkpoint)
    trainer.save_model()


if __name__ == "__main__":
    main()
