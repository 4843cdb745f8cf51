"""An OpenAI-compatible proxy that refines what a person typed last."""
