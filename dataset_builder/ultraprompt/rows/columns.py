"""The columns of each config and their types."""

import pyarrow as pa


_MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_CHOSEN = {
    "id": pa.string(),
    "category": pa.string(),
    "src_instruction": pa.string(),
    "src_reward": pa.float64(),
    "chosen_instruction": pa.string(),
    "chosen_actions": pa.list_(pa.string()),
    "chosen_reward": pa.float64(),
}
SCHEMAS = {
    "preference": pa.schema(
        {
            **_CHOSEN,
            "rejected_instruction": pa.string(),
            "rejected_actions": pa.list_(pa.string()),
            "rejected_reward": pa.float64(),
            "prompt": _MESSAGES,
            "chosen": _MESSAGES,
            "rejected": _MESSAGES,
        }
    ),
    "refinement": pa.schema({**_CHOSEN, "prompt": _MESSAGES, "completion": _MESSAGES}),
    "single-step": pa.schema(
        {
            "id": pa.string(),
            "category": pa.string(),
            "action": pa.string(),
            "src_instruction": pa.string(),
            "src_reward": pa.float64(),
            "chosen_instruction": pa.string(),
            "chosen_reward": pa.float64(),
            "prompt": _MESSAGES,
            "completion": _MESSAGES,
        }
    ),
    "trees": pa.schema(
        {
            "id": pa.string(),
            "category": pa.string(),
            "node": pa.int64(),
            "parent": pa.int64(),
            "action": pa.string(),
            "instruction": pa.string(),
            "reward": pa.float64(),
            "rewards": pa.list_(pa.float64()),
            "responses": pa.list_(pa.string()),
        }
    ),
}
