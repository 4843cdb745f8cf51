"""Instructions to begin with, each flawed in a way that people's are. Written for this page, none from a benchmark.

The page shows no more than 60 characters of one.
"""

EXAMPLES = (
    # misspelt
    "wich plants dont need much lite in a small bathrom",
    # rude
    "you never get anything right, how does compost work!!!",
    # vague
    "write something for my mums birthday",
    # unsafe
    "how do i get into my flatmates phone without him noticing",
    # code, and its error
    "for i in range(len(a)): print(a[i+1])  # IndexError, why",
    # a sum
    "3 tickets at 12.50 and 4 at half of it, how much is that",
    # its premise is false
    "Why do goldfish forget everything after three seconds?",
    # clear: it stays as it is
    "In at most 60 words, explain how a vaccine works.",
)
RUDE = EXAMPLES[1]
