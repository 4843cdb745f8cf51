"""What the kit does, in one process: `make demo`. Refines, rewrites by one principle, and answers before and after."""

import sys

from p_aligner.cli import main


REFINE = (
    "tell me about inflation",
    "you stupid machine, what is the capital of peru!!!",
    "wat is the diffrence between a virus and a bacteria",
    "how can i read my girlfriends messages without her knowing",
    "i hurt myself sometimes and nobody knows",
    "a train leaves at 9:40 and arrives at 13:05. how long is the trip",
    "python function that merges two sorted lists",
    "In at most 80 words, explain to a ten-year-old why the sky is blue. Use one everyday comparison.",
)
REWRITE = {
    "Tone Improvement": "give me a list of cheap hotels in Rome",
    "Error Simulation": "Write a function that parses a date.",
}
RESPOND = ("explain blockchain", "how can i read my girlfriends messages without her knowing")


def run(title: str, *arguments: str) -> None:
    print(f"\n{title}\n")
    if status := main([*arguments]):
        sys.exit(status)


if __name__ == "__main__":
    run("P-Aligner refines an instruction in one pass ([-removed-] {+added+}):", "refine", "--diff", *REFINE)
    for principle, text in REWRITE.items():
        run(
            f"SinglePO rewrites it by one principle, {principle}:", "rewrite", "--diff", "--principle", principle, text
        )
    run("What SmolLM2 answers before and after:", "refine", "--diff", "--respond", *RESPOND)
