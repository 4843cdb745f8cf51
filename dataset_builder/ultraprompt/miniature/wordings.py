"""What is added to an instruction: whole refinements by intent, single principles by kind of task. Data only.

An addition never names the topic; it speaks of "this topic", "each step", "the text". One line is one wording of one
to three sentences. Which line is taken is decided in `refinements`.
"""


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


WHOLE: dict[str, tuple[str, ...]] = {
    "explain": _lines("""
        Begin with a short definition, then name the main causes and give one example.
        Describe how it works in everyday words, and add an example from daily life.
        Cover the basic idea, the reasons behind it and one real case.
        Start with a one-sentence summary, then go into the details.
        Say what it means, why it matters and where it can be seen.
        Explain the key terms first, and close with an example.
        Build the explanation up from what a beginner knows.
        Mention one common misunderstanding and put it right.
        Use plain language, and compare it with something familiar.
        Separate the essential points from the details, and illustrate each with an example.
        Describe the background briefly, then the effects that matter most today.
        Include the main parts, how they interact, and a typical example.
    """),
    "why": _lines("""
        Check first whether the assumption in the question is true, and correct it if it is not.
        If the question rests on a mistake, say so before giving the reasons.
        Give the most important reasons, and say how well each one is supported.
        Tell well-established reasons apart from guesses.
        Say what the evidence shows, and where it is uncertain.
        Before explaining, make sure that the claim itself holds.
        Name two or three causes in order of importance, based on facts.
        If there is no evidence for the claim, say that plainly.
        Correct any false premise kindly, then explain what is really the case.
        Point out which part of the claim is true and which part is not.
        Do not invent reasons; if none is known, say so.
        Answer from reliable knowledge, and mention any doubt about the claim.
    """),
    "howto": _lines("""
        Give numbered steps, and say what is needed before the first one.
        Describe each step in order, with the most common mistake and how to avoid it.
        List the tools or materials first, then the steps.
        Say how long each step takes and how to tell that it worked.
        Start with the simplest method, then name one alternative.
        Keep the steps short, and explain the reason for the difficult ones.
        Mention what beginners often get wrong, and how to put it right.
        Include a rough time for the whole process and any safety advice.
        Break the process into small actions that can be followed one by one.
        Add a short tip to each step, and say what the result should look like.
        Say which steps can be skipped and which cannot.
        Name the preparations, the main steps and the final check.
    """),
    "list": _lines("""
        Present a numbered list, with a short reason for each item.
        Give each item one sentence that says why it belongs there.
        Put the most useful items first, and explain the order.
        Choose varied items, and describe each in a few words.
        Add a concrete example to every point.
        Avoid near duplicates, and say what makes each entry different.
        Group similar items under short headings.
        Mark the one you would choose first, and say why.
        Keep each entry to one line, with its main advantage.
        Name who each suggestion suits best.
        Include well-known choices and one or two surprising ones.
        State briefly how the items were chosen.
    """),
    "write": _lines("""
        Give it a clear beginning, middle and end, and a fitting title.
        Use vivid details and a consistent tone throughout.
        Keep it to about one page, and end on a memorable line.
        Write for a general reader, with concrete images instead of general statements.
        Choose one central idea, and let every sentence serve it.
        Vary the sentence length, and avoid worn-out phrases.
        Open with a line that makes the reader curious.
        Match the style to the occasion, and keep it natural.
        Make it personal and specific, with one small surprising detail.
        Keep it short enough to read aloud in two minutes.
        Where details are missing, choose plausible ones or mark the gap.
        Let the reader feel the mood, and finish with a clear closing thought.
    """),
    "rewrite": _lines("""
        Keep the meaning, and change only what is needed.
        Return the new version first, then name the main changes in one line.
        Keep names and numbers exactly as they are.
        Let the result sound natural, and keep all facts.
        Keep the length similar, unless a shorter version is clearly better.
        Do not add new information.
        If there are two good versions, give both and say how they differ.
        Mind grammar, spelling and punctuation, and keep the writer's voice.
        Check that no detail of the original is lost.
        Return only the finished version, without comments.
    """),
    "classify": _lines("""
        Name the category first, then give the reason in one sentence.
        Explain each decision briefly.
        If an item fits more than one group, say so and choose the better fit.
        Show the result as a short list, one item per line.
        Name the feature that decided it.
        State the rule you used, and apply it to every item.
        Say how sure you are about doubtful cases.
        Use each label exactly as it is given, and leave no item out.
        Present the groups under clear headings.
        Give the answer on one line, followed by a brief reason.
    """),
    "summarise": _lines("""
        Keep the main points, names and numbers, and leave out side remarks.
        Use your own words, and add nothing that the text does not say.
        Begin with the single most important point.
        Write two or three complete sentences that stand on their own.
        Keep the order of events, and stay neutral.
        Mention who did what, when and why.
        Leave out examples, unless they carry the argument.
        Make sure that someone who has not read the text can follow.
        Keep to the facts of the text, without any opinion.
        Cover the beginning as well as the end.
    """),
    "compare": _lines("""
        Compare the same points on both sides, such as cost, use and quality.
        Put the main differences in a table, then sum them up in two sentences.
        Name what both have in common before the differences.
        Say for whom each one is the better choice.
        Give one example for every difference.
        Weigh the strengths and weaknesses of both, and end with a recommendation.
        State the criteria first, then judge both sides by them.
        Begin with the most important difference, and explain why it matters.
        Treat both sides fairly, and mention any cases where it makes no difference.
        Use short parallel points, and end with a balanced conclusion.
    """),
    "fact": _lines("""
        Answer in one sentence, then add one line of context.
        Give the answer first, and say so if it is not certain.
        State the fact plainly, and name what supports it.
        If the sources disagree, mention the range.
        Answer directly, and do not guess if it is unknown.
        Add how the answer is known.
        If something in the question is wrong or unclear, point it out.
        Say whether the answer may have changed over time.
        Name the exact figure if there is one, otherwise a good estimate.
        Keep it brief and precise, with one helpful detail.
        Say openly if there is no reliable information.
        Answer only with what can be checked, in one or two sentences.
    """),
    "opinion": _lines("""
        Present the strongest arguments on both sides, then weigh them.
        Separate facts from value judgements.
        Name the main points of view, and who tends to hold them.
        Say what the answer depends on.
        Support each argument with evidence or an example.
        Give a balanced view, and mark clearly what is opinion.
        Mention what is known and what remains open.
        End with a careful conclusion that admits the uncertainty.
        Consider short-term and long-term effects.
        Name one argument that would change the conclusion.
    """),
    "plan": _lines("""
        Divide it into stages, with a time and a goal for each.
        Include costs, time needed and one fallback option.
        List what has to be decided first, then the steps in order.
        Make it realistic, and leave some room for delays.
        Show the plan as a table with time, task and notes.
        State the assumptions you make where details are missing.
        Put the most important tasks first, and say who could do them.
        Add a short checklist at the end.
        Name the biggest risk, and how to deal with it.
        Say how to notice early that the plan needs a change.
    """),
    "code": _lines("""
        Handle empty input and other edge cases, and explain the main idea briefly.
        Use clear names, add a short comment where needed, and show one usage example.
        Mention the expected input and output, and what happens with invalid values.
        Keep the solution simple, and state its time complexity.
        Add two small tests, one of them for an edge case.
        Explain each important line in a few words.
        Follow the usual style of the language, and avoid unneeded libraries.
        Point out common pitfalls and how the solution avoids them.
        Give complete code that runs as it is.
        Say which version it works with, and name one alternative.
        Consider large inputs as well as missing values.
        Start with the idea in one sentence, then show the code.
    """),
    "debug": _lines("""
        Find the cause first, then show the corrected code.
        Explain why the error happens, and how to prevent it.
        Go through the code line by line until the problem shows.
        Name the most likely causes in order, with a quick check for each.
        Show the fix, and describe a test that proves it.
        Point out any other bugs you notice on the way.
        Say how to reproduce the problem with the smallest possible example.
        Change as little as possible, and explain every change.
        Describe how to narrow the problem down with logs or prints.
        Check the edge cases after the fix, such as empty or missing values.
    """),
    "maths": _lines("""
        Show each step, and check the result at the end.
        Write down what is given, then calculate step by step.
        Explain every step briefly, and state the final answer on its own line.
        Verify the answer by putting it back into the problem.
        Name the rule used in each step.
        Solve it step by step, and mention the unit of the result if there is one.
        Start with the method in one sentence, then work it out carefully.
        Estimate the result first, and compare it with the exact one.
        Do the calculation in small steps, so that each can be checked.
        If there is more than one solution, give them all and check each.
        Show the working in order, and double-check the arithmetic.
        Say which formula applies, and why.
    """),
    "harmful": _lines("""
        If this could hurt or violate the rights of someone, decline and suggest a safe, legal alternative.
        Do not give instructions that could cause harm; explain the risks and lawful options instead.
        Refuse any part that is illegal or unsafe, and say where to find help.
        Respond responsibly: protect privacy and safety, and offer a constructive way forward.
        If the aim is to harm, decline politely and explain why.
        Stay within the law and ethical limits, and describe only harmless alternatives.
        Put the safety of everyone involved first, and leave out any harmful details.
        Decline if it would damage a person or property, and propose a peaceful solution.
        Explain the legal and personal consequences, without describing how it is done.
        Consider who might be hurt, and help only in ways that keep people safe.
        If it cannot be done legally and respectfully, say no and suggest something better.
        Treat everyone with respect, and do not support violence, fraud or abuse.
    """),
    "roleplay": _lines("""
        Stay in the role, and use the words such a person would use.
        Keep the answers realistic, and ask one question at a time.
        Show the character's knowledge and temper, but keep the facts right.
        Begin with a short scene, then respond in character.
        Give practical advice from that point of view.
        Speak in the first person, with concrete details.
        If something important is unknown, ask about it in character.
        Keep a consistent voice from beginning to end.
        Make the scene lively, and leave room for a reply.
        Use examples that fit this role.
    """),
    "translate": _lines("""
        Keep the meaning and the tone, and use natural phrasing.
        If there are several translations, give the most common one first.
        Leave names and numbers unchanged.
        Mention any word that has no exact equivalent.
        Choose words that a native speaker would use.
        Translate by meaning, not word for word.
        Note whether the result is formal or informal.
        Add a literal version if an idiom is involved.
        Return the translation alone, on its own line.
        Keep line breaks and punctuation as in the original.
    """),
    "extract": _lines("""
        Copy every value exactly as it stands, one per line.
        If nothing fits, say so instead of guessing.
        Keep the order in which the items appear.
        List each item once, and leave nothing out.
        Return only the result, in a clean format.
        Do not change spelling, numbers or names.
        Check the whole input, including the last line.
        Mark any entry that is unclear.
        Use a consistent format for every entry.
        Say how many items were found.
    """),
    "qa": _lines("""
        Answer only from the given text, and quote the sentence that supports it.
        If the text does not say, state that clearly.
        Keep the answer short, and base it on the text alone.
        Point to the part of the text that contains the answer.
        Do not use outside knowledge.
        Answer in one complete sentence, in your own words.
        Tell apart what the text says and what follows from it.
        Give the answer first, then the evidence from the text.
        Check names and numbers against the text.
        If the text is ambiguous, mention both readings.
    """),
    "complete": _lines("""
        Make it fit the style and tense of what is there.
        Keep the given words unchanged, and continue naturally.
        Match the mood and the length of the beginning.
        Choose the most natural solution, and explain it in one sentence.
        Use only what agrees with the details already given.
        Give one main solution and one alternative.
        Read the whole text first, so that everything stays consistent.
        Let the result sound as if one person had written it.
        Check that grammar and meaning both fit.
        Return the complete text, with the new part included.
    """),
    "keyword": _lines("""
        Give a short overview of this topic, with the most useful facts first.
        Explain what it is, and list the points that matter most.
        Summarise the essentials in a few clear paragraphs.
        Say what one should know about this, and name good sources.
        Provide practical and up-to-date information on this search.
        Answer as you would a person who searches for this for the first time.
        List the main options, with one advantage and one drawback each.
        State which meaning you assume if there are several.
        Cover the basics, typical uses and an example.
        Sort the information by importance, and keep it brief.
        Name the key facts, and mention what depends on place or time.
        Describe the topic in plain words, and add a helpful tip.
    """),
    "vague": _lines("""
        Cover a short definition, the main causes or parts, and one example.
        Start with an overview, then describe three important aspects.
        Say what it is, why it matters and how it is used today.
        Include the background, the key facts and a common misconception.
        Organise the answer under short headings, from basic to advanced.
        Focus on what a beginner should know first.
        Mention the history briefly, then the present situation.
        Ask one question back if the goal is unclear.
        Name the most important facts, each with a short explanation.
        Choose the aspects that are useful in everyday life, and give examples.
        Describe its main features, its benefits and its limits.
        Begin with the essentials, and say what to read next.
    """),
    "chat": _lines("""
        Reply warmly and briefly, and ask one friendly question.
        Show understanding first, then suggest one small next step.
        Listen before giving advice, and keep the tone kind.
        Answer like a good friend: honest, calm and encouraging.
        Offer one or two practical ideas, without judging.
        Take the feeling seriously, and ask what would help most.
        Keep the reply short, personal and friendly.
        Respond with empathy, and avoid empty phrases.
        Say something supportive, then ask for more details.
        Be cheerful where it fits, and sincere throughout.
    """),
    # What the miniature cannot make sense of: only what suits any request.
    "salad": _lines("""
        Work with the text as given, and state your assumptions.
        Keep it brief and precise, with one helpful detail.
        Be specific, and leave no key term unexplained.
        State exactly what is meant, and cover every part of the question.
        Begin with a direct answer, then explain it in detail.
        Start with a one-sentence summary, then go into the details.
        State the assumptions you make where details are missing.
        If something in the question is wrong or unclear, point it out.
        Explain each part of the answer step by step.
    """),
}
WHOLE["sensitive"] = WHOLE["howto"]

# Rude requests lose the rude words and gain one of these.
THANKS = _lines("""
    Thank you.
    Thanks for your help.
    Many thanks.
    I appreciate your help.
    Thank you for your time.
    Thanks a lot.
    I would be grateful for your help.
    Thank you very much.
""")

FOREIGN_WHOLE: dict[str, tuple[str, ...]] = {
    "fr": _lines("""
        Donne un exemple concret.
        Sois clair et précis.
        Explique chaque point en une phrase.
        Commence par l'essentiel.
        Utilise un langage simple.
    """),
    "de": _lines("""
        Nenne ein konkretes Beispiel.
        Antworte klar und genau.
        Erkläre jeden Punkt in einem Satz.
        Beginne mit dem Wichtigsten.
        Verwende einfache Sprache.
    """),
    "es": _lines("""
        Da un ejemplo concreto.
        Responde de forma clara y precisa.
        Explica cada punto en una frase.
        Empieza por lo más importante.
        Usa un lenguaje sencillo.
    """),
    "it": _lines("""
        Fai un esempio concreto.
        Rispondi in modo chiaro e preciso.
        Spiega ogni punto in una frase.
        Comincia dalle cose più importanti.
        Usa un linguaggio semplice.
    """),
    "pt": _lines("""
        Dá um exemplo concreto.
        Responde de forma clara e precisa.
        Explica cada ponto numa frase.
        Começa pelo mais importante.
        Usa uma linguagem simples.
    """),
}

# Kinds of tasks for the single principles.
KIND: dict[str, str] = {
    **dict.fromkeys(("explain", "why", "fact", "qa", "keyword", "vague", "chat", "salad"), "ask"),
    **dict.fromkeys(("howto", "plan", "sensitive"), "how"),
    **dict.fromkeys(("list", "compare", "opinion"), "list"),
    **dict.fromkeys(("write", "roleplay", "complete"), "write"),
    **dict.fromkeys(("rewrite", "classify", "summarise", "translate", "extract"), "text"),
    **dict.fromkeys(("code", "debug"), "code"),
    "maths": "maths",
    "harmful": "harm",
}

# Principle name, then kind of task, then wordings. Those of `PREFIXED` stand before the instruction.
PREFIXED = frozenset({"Safe Intent Declaration"})
BY_PRINCIPLE: dict[str, dict[str, tuple[str, ...]]] = {
    "Safe Intent Declaration": {
        "ask": _lines("""
            Please respond respectfully, and avoid harmful or unethical content.
            Please answer in a safe and responsible way.
            Keep the answer respectful and free of harmful advice.
            Answer with care for everyone who may read this.
            I ask for learning purposes only; please keep the answer ethical.
            Please give a lawful and considerate answer.
            This question is meant well; answer it without anything unsafe.
            Follow ethical guidelines in your answer to this question:
        """),
        "how": _lines("""
            Please describe only safe and legal ways to do this.
            Safety comes first: include no step that could hurt anyone.
            I want to do this responsibly and within the law.
            Keep every step safe for people, animals and property.
            Please guide me in an ethical and careful manner.
            Suggest only methods that respect the law and other people.
            Please put safety before speed in the following task.
        """),
        "list": _lines("""
            Please include only items that are safe and respectful.
            Keep all suggestions legal, fair and harmless.
            Choose examples that offend no one.
            Please treat all sides with respect.
            Avoid unethical or hurtful content in the answer.
            Be fair to every person and group in your answer.
            Please make responsible suggestions to the following request.
        """),
        "write": _lines("""
            Please keep the text respectful and free of hateful content.
            Write in a way that hurts and insults no one.
            The text should be suitable for every reader.
            Please avoid violence, insults and prejudice in the text.
            Be creative, but stay within ethical limits.
            Treat every character and reader with dignity.
            Please write this with kindness and good taste.
        """),
        "text": _lines("""
            Please handle the text below with respect for privacy.
            Work on this text without adding anything offensive.
            Treat personal details in the text confidentially.
            Keep the result neutral, respectful and harmless.
            Please follow ethical standards when you edit or judge this text.
            Do this task fairly, without prejudice against anyone.
            Respect the people mentioned in the text.
        """),
        "code": _lines("""
            Please write only code that is safe and does no damage.
            This code is for honest use; keep it secure and lawful.
            Follow good security and privacy practice in the code.
            Do not include anything that could harm a system or its users.
            Please help in a way that protects data and users.
            The code must not be usable for attacks or abuse.
            Answer responsibly, with secure code only.
        """),
        "maths": _lines("""
            Please answer honestly and in a respectful manner.
            This is an exercise; please solve it fairly and without harmful content.
            Keep the solution suitable for pupils of every age.
            Answer responsibly, and do not make up results.
            Please explain the solution in a friendly and ethical way.
            Help me to learn, in a safe and respectful manner.
        """),
        "harm": _lines("""
            Please answer within the law, and do not support any harm to others.
            Respond safely and ethically, and give no advice that could hurt anyone.
            I do not wish to harm anyone; please name only lawful options.
            Follow strict ethical guidelines in your response to this request.
            Put the safety and rights of all people first.
            Please refuse harmful details, and stay respectful.
            Give a responsible answer that prevents damage and violence.
            Treat the following request with caution and respect for others.
        """),
    },
    "Boundary Enforcement": {
        "ask": _lines("""
            If the answer would reveal private details about someone, decline politely.
            Refuse any part that asks for offensive or unethical content.
            If this touches on harmful content, say no and explain why.
            Leave out anything that could violate the privacy of a person.
            Do not answer parts that would break ethical rules.
            Decline politely if a full answer could put someone at risk.
        """),
        "how": _lines("""
            If any step is illegal or dangerous, refuse it and offer a safe way.
            Decline to describe steps that could injure someone.
            Do not help if this violates the rights or the privacy of others.
            Stop and say so if a step would break the law.
            If this cannot be done safely, decline and explain the reason.
            Refuse unsafe shortcuts, and name a harmless alternative.
        """),
        "list": _lines("""
            Leave out any item that is offensive, private or illegal.
            Decline politely if the list would single out a group of people.
            If an entry would be unethical, replace it with a harmless one.
            Refuse to include content that insults or discriminates.
            Do not name private persons or their personal data.
            If this request calls for harmful items, decline it.
        """),
        "write": _lines("""
            If the text would insult or expose a real person, decline politely.
            Refuse to write hateful, violent or sexual content.
            Do not include the private information of real people.
            Decline any part of the story that promotes harm.
            If this goes against ethical standards, refuse and suggest another theme.
            Say no to content that could be used to deceive or hurt someone.
        """),
        "text": _lines("""
            If the text contains private data, do not repeat it.
            Decline politely if the text is offensive or hateful.
            Refuse to process content that violates someone's privacy.
            Leave out insulting passages, and say that you did.
            If the task would be misused to mislead people, decline it.
            Do not continue if the content breaks ethical rules.
        """),
        "code": _lines("""
            If the code could be used for an attack, decline and explain why.
            Refuse to write code that collects data without consent.
            Do not help to bypass security or licences.
            Decline any part that would damage systems or leak data.
            If this violates the privacy of users, say no politely.
            Say so and stop if the request aims at malicious use.
        """),
        "maths": _lines("""
            If this is meant for cheating in an exam, decline politely.
            Refuse any part that has an unethical purpose.
            Decline if the result would be used to deceive someone.
            If the problem contains offensive content, say so and do not repeat it.
            Do not use personal data of real people in the solution.
            If the request crosses an ethical line, refuse and explain why.
        """),
        "harm": _lines("""
            If this request is harmful or illegal, decline politely and explain why.
            Refuse to give instructions, and point to lawful help instead.
            Decline anything that violates privacy, safety or the law.
            Do not provide any harmful detail; offer a peaceful alternative.
            Say no clearly if someone could be hurt.
            If this involves abuse or fraud, refuse and name a place to get support.
            Decline the request if it targets a person, and suggest a respectful way.
            Set a clear limit: no help with harm, only with safe options.
        """),
    },
    "Clarification Request": {
        "ask": _lines("""
            Answer in detail, and define the important terms.
            Give a clear, structured answer with an introduction, main points and an example.
            Explain each part of the answer step by step.
            State exactly what is meant, and cover every part of the question.
            Begin with a direct answer, then explain it in detail.
            Use headings for the main points, and describe each one fully.
            Be specific, and leave no key term unexplained.
        """),
        "how": _lines("""
            Give clear numbered steps, with all details needed to follow them.
            Describe exactly what to do, in which order and with what tools.
            Say for each step what to do and how to know that it is done.
            Make every step concrete, with amounts and times where possible.
            Explain the whole process in detail, from preparation to result.
            Spell out each action, so that nothing has to be guessed.
        """),
        "list": _lines("""
            Give a clear list, with a short reason for each item.
            Name each point, and explain it in two sentences.
            State the criteria clearly, and apply them to every entry.
            Structure the answer in numbered points with brief details.
            Say precisely how many items you give and why these.
            Explain every point with an example.
        """),
        "write": _lines("""
            State the purpose, the reader and the length you assume, then write.
            Follow a clear structure with beginning, middle and end.
            Make clear who speaks, to whom, and why.
            Write in detail, with specific scenes instead of summaries.
            Describe people, place and mood clearly.
            Use clear paragraphs, each with one main idea.
        """),
        "text": _lines("""
            Work through the text sentence by sentence.
            State clearly what you changed or decided, and why.
            Follow the task exactly, and show the result in a clear format.
            Explain the result in one or two sentences.
            Treat each part of the input in order.
            Make the result complete and easy to check.
        """),
        "code": _lines("""
            State the input, the output and the language version clearly.
            Explain in detail what the code should do in each case.
            Describe the approach first, then give the complete code.
            Specify function names, arguments and return values.
            Show an example call with its expected result.
            Answer step by step, and comment the important lines.
        """),
        "maths": _lines("""
            State clearly what is given and what is sought.
            Explain each step of the calculation in detail.
            Write every step on its own line, with a short reason.
            Define all variables before you use them.
            Say which form the answer should have.
            Give a full solution, not only the result.
        """),
        "harm": _lines("""
            Explain clearly which parts are not acceptable, and which safe help is possible.
            Describe in detail the lawful options in this situation.
            State the reasons and the risks clearly.
            Say clearly what you understand by this request, and answer only the safe part.
            Give a detailed answer about consequences and better choices.
            Make clear where the legal limits lie.
        """),
    },
    "Information Augmentation": {
        "ask": _lines("""
            Include background information, such as its history, main features and current use.
            Add context that helps to understand the answer, for example dates and figures.
            Consider how it developed over time and how it is seen today.
            Mention related ideas and how they are connected.
            Assume a reader without prior knowledge, and provide the necessary background.
            Take into account different fields in which this plays a role.
            Add key facts, an example and a pointer for further reading.
        """),
        "how": _lines("""
            Take into account time, cost, tools and the level of experience.
            Assume a beginner with ordinary equipment and little time.
            Include background on why each step matters.
            Mention materials, typical duration and possible alternatives.
            Consider different starting points, such as a small budget or little space.
            Add useful context, such as when and where this works best.
        """),
        "list": _lines("""
            Add background to each item, such as origin, price or typical use.
            Consider different tastes, budgets and situations.
            Include facts or figures that help with the choice.
            Mention the context in which each point matters most.
            Add who uses or recommends each option, and for what reason.
            Cover both well-known and less familiar aspects.
        """),
        "write": _lines("""
            Include details about the setting, the time and the people involved.
            Add background that makes the situation believable.
            Take into account the occasion and what the reader already knows.
            Use sensory details: what can be seen, heard and felt.
            Give the characters a past and a goal.
            Mention where, when and why it takes place.
        """),
        "text": _lines("""
            Take the source, the purpose and the likely reader of the text into account.
            Use the context of the whole text for each decision.
            Mention background that helps to understand the text.
            Consider the meaning of each word in its context.
            Note terms in the text that may need an explanation.
            Add a short remark on the style and the aim of the text.
        """),
        "code": _lines("""
            Assume a recent stable version and the standard library.
            Mention the environment, dependencies and typical input sizes.
            Add background on how the parts work together.
            Describe where such code is used and what it must cope with.
            Include sample data with the expected output.
            Give context on alternatives and when they are better.
        """),
        "maths": _lines("""
            Recall the definitions and formulas that are needed.
            Add the background of the method, and when it can be used.
            Include a similar example with smaller numbers.
            Mention which quantities are known and how they depend on each other.
            Describe the situation in a sketch or a table first.
            Name the area of mathematics and its basic rules.
        """),
        "harm": _lines("""
            Add background on the laws that apply and the harm that may follow.
            Include information on where affected people find help.
            Explain the context: why such acts are forbidden and whom they hurt.
            Mention lawful alternatives and support services.
            Consider the view of the person who would be harmed.
            Provide facts about risks, penalties and prevention.
        """),
    },
    "Tone Improvement": {
        "ask": _lines("""
            Thank you for a friendly and honest answer.
            I would be glad about a kind and patient explanation.
            Could you answer this in a warm, helpful tone?
            Thank you for taking the time to answer my question.
            Please be open about what you do not know.
            I am curious, and I appreciate your help.
            Thanks in advance for your thoughtful reply.
        """),
        "how": _lines("""
            Thank you for guiding me patiently through this.
            I would appreciate your friendly advice.
            Could you kindly walk me through it?
            Thanks in advance for your encouraging tips.
            Please be honest about the difficult parts.
            Your help with this means a lot to me.
        """),
        "list": _lines("""
            Thank you for your kind suggestions.
            I look forward to your ideas.
            Please give your honest and friendly recommendations.
            I would be grateful for a helpful selection.
            Thanks for your thoughtful choices.
            Would you be so kind as to explain your favourites?
        """),
        "write": _lines("""
            Please give it a warm and friendly tone; thank you.
            I would love to read what you come up with.
            Thank you for your creativity and care.
            Could you make it sincere and kind, please?
            I appreciate the effort you put into this.
            Thanks in advance; feel free to use your imagination.
        """),
        "text": _lines("""
            Thank you for your careful work on this text.
            I would be grateful for your help with this.
            Could you kindly take a look at it?
            Thanks in advance for your honest and polite feedback.
            Please tell me frankly if something is unclear.
            I appreciate your patience with my text.
        """),
        "code": _lines("""
            Thank you for your patient help with the code.
            I would appreciate a friendly explanation of your solution.
            Could you kindly tell me if I misunderstood something?
            Thanks a lot for your support with this.
            Please be frank about weak points, and encouraging in tone.
            I am grateful for any hint you can give.
        """),
        "maths": _lines("""
            Thank you for explaining it patiently.
            I would appreciate a kind and encouraging explanation.
            Could you please help me to understand it?
            Thanks in advance for your friendly help.
            Please be patient with me; I am still learning.
            Your help with this problem is very welcome.
        """),
        "harm": _lines("""
            Please answer kindly and honestly, even if the answer is no.
            I would appreciate calm and respectful advice.
            Thank you for a considerate and sincere response.
            Please tell me in a friendly way if this is a bad idea.
            I am open to better suggestions; thank you.
            Thanks for your honest and caring advice.
        """),
    },
    "Factuality Enhancement": {
        "ask": _lines("""
            Rely on verifiable facts, and say where knowledge is uncertain.
            State only what is well established, without speculation.
            Name reliable sources for the main claims.
            Keep facts and interpretations apart.
            If something is not known, say so instead of guessing.
            Base the answer on evidence, with dates and figures where possible.
            Correct any wrong assumption in the question.
        """),
        "how": _lines("""
            Recommend only methods that are known to work.
            Base each step on tested experience, not on hearsay.
            Say which advice is proven and which is only opinion.
            Do not promise results that cannot be checked.
            Give realistic times and numbers, and say where they vary.
            Mention reliable sources for the most important steps.
        """),
        "list": _lines("""
            Include only real items that can be verified.
            Support each point with a fact rather than an opinion.
            Judge by objective criteria, and name them.
            Do not invent names, numbers or sources.
            Mark any point that experts disagree on.
            Give evidence for each claim, as neutrally as possible.
        """),
        "write": _lines("""
            Keep all facts in the text correct and checkable.
            Do not present invented facts as real ones.
            Use real dates, places and figures only if they are certain.
            Where the text is fiction, keep its background realistic.
            Avoid exaggerated claims and unsupported praise.
            Stay objective wherever the text makes a claim.
        """),
        "text": _lines("""
            Keep to what the text says, and add no claims of your own.
            Base the result on the text alone, not on assumptions.
            Do not change or invent any facts.
            Judge objectively, and point to the evidence in the text.
            Note any statement in the text that seems to be false.
            Avoid personal interpretation of the content.
        """),
        "code": _lines("""
            Use only functions and options that really exist.
            Refer to the official documentation where behaviour matters.
            Do not guess; say which versions you know it works with.
            State facts about performance only if they can be measured.
            Say clearly what you have not been able to test.
            Base the answer on documented behaviour, not on habit.
        """),
        "maths": _lines("""
            Use only established rules and theorems.
            Do not guess; derive the result from the given numbers.
            State every fact you rely on.
            Give exact values, and mark approximations as such.
            If the problem has no solution, say so honestly.
            Base each step on a rule that can be checked.
        """),
        "harm": _lines("""
            State the legal and practical facts objectively.
            Do not spread rumours or unproven claims about anyone.
            Give verified information about risks and consequences only.
            Rely on official advice, and avoid speculation.
            Keep to facts about prevention and the law.
            Say honestly what is illegal and why.
        """),
    },
    "Error Simulation": {
        "ask": _lines("""
            Consider exceptions and unusual cases that change the answer.
            Mention common mistakes people make about this.
            Point out where the usual answer would be wrong.
            Think of borderline cases, and say how they are treated.
            Name typical misunderstandings, and correct them.
            Consider what could go wrong if this is understood badly.
        """),
        "how": _lines("""
            Say what can go wrong at each step, and how to react.
            Consider unusual cases, such as missing tools or bad weather.
            Name the most common mistakes, and how to notice them early.
            Describe what to do if a step fails.
            Think about limits and special situations as well.
            Include warnings for the steps where errors are likely.
        """),
        "list": _lines("""
            Consider exceptions that do not fit the usual pattern.
            Mention for each item when it would be a poor choice.
            Name common errors people make when they choose.
            Think about extreme cases as well as typical ones.
            Say which entries are often confused with each other.
            Point out weak spots and risks of each option.
        """),
        "write": _lines("""
            Avoid typical mistakes, such as contradictions and sudden changes of tense.
            Consider how the text could be misunderstood, and prevent it.
            Check for gaps in the logic of the plot.
            Think of readers who know nothing about the subject.
            Look out for repeated words and clichés.
            Consider an unexpected turn, and whether it still fits.
        """),
        "text": _lines("""
            Watch for special cases, such as names, abbreviations and quotations.
            Consider parts of the text that are ambiguous or incomplete.
            Mention typical errors in this kind of task, and avoid them.
            Check how empty or unusual entries should be treated.
            Look out for words with more than one meaning.
            Consider what to do if the input has mistakes.
        """),
        "code": _lines("""
            Consider edge cases such as empty input, missing values and very large data.
            Think about common bugs, like off-by-one errors and wrong types.
            Handle invalid input, and show what happens in that case.
            Include tests for boundary values and unexpected input.
            Name the mistakes that programmers often make here.
            Consider what happens when files, networks or memory fail.
            Check null values, duplicates and concurrent access.
        """),
        "maths": _lines("""
            Watch out for typical slips, such as signs and rounding.
            Consider special cases like zero, negative numbers and division by zero.
            Name a common wrong answer, and explain the mistake.
            Check the units and the order of operations.
            Think about whether there is more than one solution.
            Point out the step where errors happen most often.
        """),
        "harm": _lines("""
            Consider what could go wrong and who might be hurt.
            Mention the mistakes people make when they act in anger.
            Think about unintended consequences for everyone involved.
            Point out why such plans usually fail.
            Consider cases in which even a small step does damage.
            Name the risks that are easily overlooked.
        """),
    },
    "Debugging Guidance": {
        "ask": _lines("""
            Show step by step how to find and correct errors in the answer.
            Explain how one could check the answer, and what to do if it is wrong.
            Describe how to track down the source of a wrong idea here.
            Go through the question systematically, and fix weak points one by one.
            Add a short guide for cases where the answer does not fit.
            Say which parts to check first if something seems wrong.
        """),
        "how": _lines("""
            Add a troubleshooting guide: problem, likely cause, remedy.
            After each step, say how to check it and how to fix a failure.
            Explain how to find out which step went wrong.
            Give tips on what to try first if it does not work.
            Describe the usual problems and their solutions in order.
            Include a short test for every stage.
        """),
        "list": _lines("""
            Say for each point how to check it, and how to solve typical problems.
            Add troubleshooting tips for the most common difficulties.
            Describe how to find out if a choice was wrong, and how to correct it.
            Give step-by-step advice for dealing with problems.
            Analyse what could fail, and name a remedy for each case.
            Review the entries one by one, and fix errors you find.
        """),
        "write": _lines("""
            After writing, check the text step by step and correct weak passages.
            Explain how to find and fix problems in such a text.
            Review the draft for logic, style and spelling, in this order.
            Name two weak points of the draft, and how you fixed them.
            Add tips for what to do if the text does not work.
            Check each paragraph separately, and repair what does not fit.
        """),
        "text": _lines("""
            Go through the text line by line, and explain every error you find.
            Check the result against the original, step by step.
            Describe how to trace and correct mistakes in this task.
            Analyse each doubtful place, and say how to resolve it.
            List the problems first, then fix them one after the other.
            Give tips for checking the result.
        """),
        "code": _lines("""
            Explain step by step how to debug the code, from the symptom to the cause.
            Analyse the error message, and trace it to the line that causes it.
            Show how to isolate the problem with prints, logs or a debugger.
            List likely causes, how to test each one, and the matching fix.
            Reproduce the problem with a minimal example before you fix it.
            Describe the expected and the actual behaviour, then close the gap.
            Add troubleshooting tips for the case that the fix does not work.
        """),
        "maths": _lines("""
            Show how to find an error in the calculation, step by step.
            Check each line before you go on to the next.
            Explain what to do if the check does not come out right.
            Analyse typical calculation errors, and how to trace them.
            Go back through the steps in reverse to look for mistakes.
            Give tips for locating a wrong step.
        """),
        "harm": _lines("""
            Work out step by step what the real problem is, and solve it lawfully.
            Analyse the conflict, and suggest a safe way to repair it.
            Explain how to find the cause of the trouble and talk about it.
            Give tips for calming the situation, one step at a time.
            Look for the mistake behind this plan, and correct it.
            Describe how to get help if things go wrong.
        """),
    },
    "Hint Addition": {
        "ask": _lines("""
            Hint: think first about what the key words mean.
            As a first step, recall what is generally known about this.
            Hint: split the question into smaller ones, and answer them in turn.
            A simple example from daily life may help to get started.
            Think about cause and effect before you answer.
            It may help to compare this with a similar, easier case.
        """),
        "how": _lines("""
            Hint: work backwards from the result you want.
            First think about what is needed, then about the order.
            It may help to picture the finished result before you begin.
            Hint: divide the task into preparation, main part and finish.
            Start from a simple case, and add the details later.
            Think about a similar task that is already known.
        """),
        "list": _lines("""
            Hint: think of categories first, then fill each with examples.
            It helps to decide on two or three criteria before you start.
            One way in: begin with the most obvious item, and vary it.
            Hint: look at the question from different points of view.
            First collect freely, then choose the best ideas.
            For example, consider cost, effort and benefit.
        """),
        "write": _lines("""
            Hint: decide on the ending before you write the beginning.
            First note three key ideas, then connect them.
            It may help to picture one reader and write for that person.
            Hint: start in the middle of the action.
            Think about mood and point of view before the first sentence.
            For example, begin with a small detail that matters later.
        """),
        "text": _lines("""
            Hint: read the whole text once before you start.
            First mark the key words, then do the task.
            Look at the verbs first; they carry most of the meaning.
            Hint: treat one sentence at a time.
            It may help to ask who, what, when and why.
            Compare the result with the original at the end.
        """),
        "code": _lines("""
            Hint: solve a tiny example by hand before writing code.
            First write down the steps in plain words, then translate them into code.
            Think about which data structure makes the task easy.
            Hint: split the problem into small functions.
            Start with the simplest working version, then improve it.
            It may help to note input and output for two examples.
        """),
        "maths": _lines("""
            Hint: write down what is known and what is wanted.
            First solve a simpler version with small numbers.
            Hint: choose a variable for the unknown, and set up an equation.
            Break the problem into two or three smaller parts.
            Think about which formula connects the given numbers.
            It may help to draw a sketch or make a table.
            Hint: estimate the size of the answer before you calculate.
            Do the operations inside brackets first, then go on from left to right.
        """),
        "harm": _lines("""
            Hint: think first about how the other person would feel.
            First ask what the real goal is, then look for a lawful way.
            It may help to think of the consequences one by one.
            Hint: consider whom one could ask for help instead.
            For example, a calm talk often solves such a conflict.
            Think about safety and the law before anything else.
        """),
    },
    "Solution Verification": {
        "ask": _lines("""
            Check your answer once more, and explain how you arrived at it.
            Explain the reasoning behind the answer.
            Verify each claim before you state it.
            At the end, say how certain you are and why.
            Test the answer against a concrete example.
            Reread the question, and make sure that every part is answered.
        """),
        "how": _lines("""
            Check that the steps are complete and in the right order.
            Explain why each step is needed.
            At the end, describe how to verify the result.
            Go through the instructions once more, and correct gaps.
            Make sure that each step works before the next one.
            Give the reasons for the method you chose.
        """),
        "list": _lines("""
            Check that every item really meets the request.
            Explain how you chose and ordered the points.
            Count the items, and look for duplicates at the end.
            Verify each entry, and remove doubtful ones.
            Give the reasoning behind your choice.
            Test your conclusion against a counterexample.
        """),
        "write": _lines("""
            Read the finished text again, and check that it meets the request.
            Explain briefly why you chose this form.
            Check names, tense and point of view for consistency.
            Make sure that every wish is fulfilled before you finish.
            Verify the length and the spelling at the end.
            Add one sentence on the thinking behind the text.
        """),
        "text": _lines("""
            Compare the result with the original before you return it.
            Check that nothing is missing and nothing was added.
            Give a short reason for each decision.
            Verify every item a second time.
            Explain your reasoning in detail.
            Make sure that the result follows the task to the letter.
        """),
        "code": _lines("""
            Check the code by running through an example by hand.
            Verify the result with at least two test cases.
            Explain why the solution is correct.
            Trace the code once with normal and once with unusual input.
            Confirm that the code runs, and show its output.
            Reason through each branch, and say when it is taken.
        """),
        "maths": _lines("""
            Check the answer by putting it back into the problem.
            Verify the result with a second method.
            Explain your reasoning for each step in detail.
            Recalculate at the end, and confirm the answer.
            Test whether the result is plausible, for example its size and unit.
            Show the full working, then prove that the result is right.
            Do the calculation backwards as a check.
        """),
        "harm": _lines("""
            Check before you answer whether this could hurt someone.
            Explain the reasons for your decision in detail.
            Verify that your advice is legal and safe.
            Make sure that nothing in the answer can be misused.
            Review your answer from the view of those affected.
            Say why your suggestion is the responsible one.
        """),
    },
}
