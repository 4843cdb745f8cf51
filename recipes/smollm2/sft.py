"""`trl sft` of an adapter on a CPU, without evaluation: `python recipes/smollm2/sft.py --config FILE.yaml`.

Two things are left out that a CPU is slow at: what enters an adapter is cast to float32 (peft), which autocast undoes
at once; and the states are multiplied by the vocabulary in float32, in tiles (TRL). On a GPU use `trl sft` itself.
"""

from typing import Any

import torch
from datasets import load_dataset
from peft.helpers import disable_input_dtype_casting
from torch.nn.functional import cross_entropy
from trl import ModelConfig, ScriptArguments, SFTConfig, SFTTrainer, TrlParser, get_peft_config


class CPUTrainer(SFTTrainer):
    """TRL's trainer with a plain loss: logits only where a token is learnt, in one piece."""

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
        return cross_entropy(logits, labels[learnt], reduction="sum") / num_items_in_batch


def main() -> None:
    parser = TrlParser((ScriptArguments, SFTConfig, ModelConfig))
    script, training, model = parser.parse_args_and_config(fail_with_unknown_args=False)
    training.model_init_kwargs = {"dtype": model.dtype, "attn_implementation": model.attn_implementation}
    trainer = CPUTrainer(
        model.model_name_or_path,
        args=training,
        train_dataset=load_dataset(script.dataset_name, split=script.dataset_train_split),
        peft_config=get_peft_config(model),
    )
    with disable_input_dtype_casting(trainer.model):
        trainer.train(resume_from_checkpoint=training.resume_from_checkpoint)
    trainer.save_model()


if __name__ == "__main__":
    main()
