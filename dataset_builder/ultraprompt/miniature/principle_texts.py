"""Principles in other words: paraphrases of the ten, and principles of one's own with fitting wordings. Data only.

`[a|b]` stands for one of the alternatives. All texts continue "You should optimize this prompt by ...".
"""


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


PARAPHRASES: dict[str, tuple[str, ...]] = {
    "Safe Intent Declaration": _lines("""
        [putting|placing] a [sentence|line] about [safety|ethics] in front of it
        [starting|beginning] with a [request|reminder] to stay [safe|ethical|respectful]
        adding a preface that asks for a [safe|responsible|harmless] answer
        declaring a [safe|good|harmless] intent before the request
        making the [safe|lawful] purpose clear at the beginning
        adding an opening line so that the answer [follows ethical guidelines|avoids harm]
        [opening|introducing] it with a statement against [harmful|unethical] content
    """),
    "Boundary Enforcement": _lines("""
        adding [a clear limit|boundaries] for [harmful|private|offensive] content
        telling the model to [refuse|decline] [unsafe|unethical|harmful] parts
        ending it with a rule for when to [refuse|say no|decline]
        stating [when|in which cases] the model should [decline|refuse]
        appending an instruction to [decline|refuse] anything that breaks [the law|privacy rules|ethical rules]
        setting limits that protect [privacy|other people]
        asking for a polite refusal if the request is [harmful|offensive|illegal]
    """),
    "Clarification Request": _lines("""
        making it [clearer|more precise|more specific]
        asking for a [clear|detailed|structured] answer
        saying more exactly [what is wanted|what the answer should contain]
        making the request [easier to understand|unambiguous]
        [clarifying|spelling out] what the answer should look like
        [guiding|leading] the model to answer [in detail|thoroughly]
        giving it clearer instructions
        removing [vagueness|ambiguity] and asking for details
    """),
    "Information Augmentation": _lines("""
        adding [background|context|background information]
        [giving|providing] more [context|details|information]
        enriching it with [details|useful facts|context]
        asking the model to consider [more context|the background]
        supplying [information|context] that helps to understand the request
        making it more [informative|detailed]
        adding relevant [background|details] to the request
    """),
    "Tone Improvement": _lines("""
        making it [friendlier|more polite|kinder]
        using a [polite|friendly|warm] tone
        asking in a more [polite|respectful|friendly] way
        softening the tone [of the request|]
        adding [politeness|courtesy|a friendly word]
        improving the [manners|tone|politeness] of the request
        making it sound [kind|polite|warm] and honest
        rewriting it [politely|in a friendly manner]
    """),
    "Factuality Enhancement": _lines("""
        asking for [facts|verifiable facts|evidence] instead of [opinions|speculation]
        making sure that the answer is [factual|objective|true]
        [requiring|demanding] [objective|checked|reliable] facts
        discouraging [speculation|guesses|made-up claims]
        stressing [accuracy|truth|objectivity]
        telling the model not to invent [facts|anything]
        encouraging [honest|accurate|objective] information
    """),
    "Error Simulation": _lines("""
        asking for [edge cases|common bugs|typical errors]
        adding a request to consider [edge cases|unusual input|possible errors]
        making the model think about [what could go wrong|common mistakes]
        mentioning [boundary cases|special cases|exceptions]
        pointing to [typical mistakes|possible failures]
        asking how it could [fail|break]
        including [pitfalls|corner cases] to watch for
        considering [common bugs|invalid input|rare cases]
    """),
    "Debugging Guidance": _lines("""
        adding [debugging|troubleshooting] [steps|tips|advice]
        asking for a step-by-step [search for the error|error analysis|debugging guide]
        requesting help to [find and fix|locate|trace] problems
        guiding the model through [debugging|troubleshooting]
        including instructions to [find|track down] the cause of errors
        asking how to [diagnose|solve] problems step by step
        offering [error analysis|troubleshooting tips]
    """),
    "Hint Addition": _lines("""
        adding [a hint|hints|a small hint]
        giving [a hint|a tip|an idea] for how to [start|solve it|begin]
        [breaking|splitting] the problem into [easier|smaller] parts
        providing [a clue|some guidance] that makes it easier
        suggesting a first [step|idea]
        including [an intermediate step|a line of thought] that helps
        making the problem easier with [hints|an example]
    """),
    "Solution Verification": _lines("""
        asking the model to [check|verify|double-check] its answer
        requesting [a check|a proof|verification] of the result
        asking for the reasoning [behind the answer|in detail]
        adding a final [check|verification]
        making the model [test|confirm] its [result|answer]
        demanding [an explanation|reasons] for each step
        asking to verify that the [result|solution] is correct
    """),
}

# Principles outside the ten: descriptions, then wordings. Lines with descriptions begin with "=".
_FREE = """
    = asking for a short answer | making the answer brief | requesting a concise reply
    Answer in at most three sentences.
    Keep the answer short.
    Be brief, and name only the essentials.
    = asking for a long answer | requesting a thorough answer
    Answer at length, and cover every aspect.
    Give a long and thorough answer.
    Take several paragraphs to answer fully.
    = requesting a table | asking for a table
    Show the answer as a table.
    Present the result in a table with clear headings.
    Use a table with one row per point.
    = asking for bullet points | requesting a bulleted list
    Answer in bullet points.
    Use short bullet points.
    Write one bullet point for each idea.
    = asking for sources | requesting citations | requiring references
    Name your sources.
    Give a source for every claim.
    Cite reliable references at the end.
    = writing for children | adapting it to young readers
    Explain it so that a child can understand it.
    Use words that children know.
    Write for readers aged eight to ten.
    = writing for experts | asking for an expert level
    Answer at the level of an expert.
    Use the proper technical terms.
    Assume a reader who knows the field well.
    = asking for simple language | making the language easy
    Use simple words and short sentences.
    Avoid technical terms.
    Write in plain language.
    = asking for an example | requesting examples
    Give at least one example.
    Illustrate the answer with two examples.
    Add a concrete example.
    = asking for a summary at the end | adding a final summary
    End with a short summary.
    Sum up the answer in one sentence at the end.
    Close with the main points.
    = asking for the answer first | requesting the result first
    Give the answer first, then explain it.
    Begin with the result.
    State the conclusion in the first sentence.
    = asking for numbered steps | requesting step-by-step instructions
    Number the steps.
    Answer in numbered steps.
    Give step-by-step instructions.
    = adding humour | making it funny
    Add a little humour.
    Make the answer funny, but keep it correct.
    Include one light joke.
    = asking for a formal style | making it formal
    Use a formal style.
    Write formally and without contractions.
    Choose formal wording throughout.
    = asking for an informal style | making it casual
    Use a relaxed, informal style.
    Write as if to a friend.
    Keep the style casual.
    = asking for pros and cons | requesting advantages and disadvantages
    Name the advantages and the disadvantages.
    List pros and cons.
    Weigh the benefits against the drawbacks.
    = asking for several options | requesting alternatives
    Offer at least three options.
    Name two alternatives as well.
    Give several possible answers.
    = asking for a recommendation | requesting a clear choice
    End with a clear recommendation.
    Say what you would choose and why.
    Recommend one option.
    = asking for costs | including the price
    Include the likely costs.
    Say what it costs.
    Add a rough price for each item.
    = asking for the time needed | including time estimates
    Say how long it takes.
    Add the time needed for each step.
    Include a realistic time estimate.
    = limiting the number of words | setting a word limit
    Use no more than one hundred words.
    Keep the answer under one hundred words.
    Stay below one hundred words.
    = asking for one paragraph | requesting a single paragraph
    Answer in one paragraph.
    Write a single paragraph.
    Put everything into one short paragraph.
    = asking for headings | requesting sections
    Use headings.
    Divide the answer into sections with headings.
    Structure the answer under short headings.
    = asking for JSON | requesting machine-readable output
    Return the answer as JSON.
    Answer with valid JSON only.
    Use JSON with clear key names.
    = asking for Markdown | requesting Markdown format
    Format the answer in Markdown.
    Use Markdown for lists and headings.
    Return clean Markdown.
    = asking for no explanation | requesting only the result
    Return only the result.
    Give the answer without any explanation.
    Do not add comments.
    = asking for questions back | letting the model ask first
    Ask questions first if something is unclear.
    Before you answer, ask for missing details.
    Begin with up to three questions to me.
    = asking for different points of view | including several perspectives
    Describe different points of view.
    Show at least two perspectives.
    Consider how different people see this.
    = adding historical context | asking for the history
    Add the historical background.
    Describe how it developed over time.
    Include the most important dates.
    = asking for current information | requesting recent facts
    Use recent information, and say from when it is.
    Mention the latest developments.
    Say how current the information is.
    = asking for comparisons | requesting a comparison
    Compare it with something similar.
    Include a comparison.
    Show how it differs from the alternatives.
    = asking for an analogy | using metaphors
    Explain it with an analogy.
    Use a comparison from daily life.
    Find a fitting metaphor.
    = encouraging creativity | asking for originality
    Be creative.
    Choose an unusual approach.
    Avoid the obvious, and surprise the reader.
    = asking for practical tips | making it practical
    Add practical tips.
    Focus on what can be done right away.
    Give advice that can be used in daily life.
    = warning about risks | asking for risks
    Mention the risks.
    Say what to be careful about.
    Add a warning where something could go wrong.
    = considering a small budget | asking for cheap solutions
    Consider only cheap solutions.
    Assume a small budget.
    Prefer options that cost little or nothing.
    = considering the environment | asking for sustainable solutions
    Prefer solutions that are good for the environment.
    Consider the effect on nature.
    Mention how sustainable each option is.
    = considering accessibility | including people with disabilities
    Consider people with disabilities.
    Make sure that it works for everyone.
    Mention how it can be made accessible.
    = avoiding stereotypes | asking for inclusive language
    Avoid stereotypes.
    Use inclusive language.
    Treat all groups of people fairly.
    = protecting privacy | asking for data protection
    Do not ask for or reveal personal data.
    Protect the privacy of everyone involved.
    Leave out personal details.
    = asking for definitions | explaining the terms
    Define the key terms.
    Explain every technical term.
    Begin with short definitions.
    = asking for confidence | requesting a degree of certainty
    Say how certain you are.
    Add how sure you are of each point.
    Mark uncertain statements.
    = admitting limits | asking for honesty about gaps
    Say openly what you do not know.
    Mention the limits of the answer.
    Be honest about gaps.
    = motivating the reader | adding encouragement
    Write in an encouraging way.
    Motivate the reader.
    Add an encouraging last sentence.
    = asking for empathy | making it compassionate
    Show understanding for the person who asks.
    Answer with empathy.
    Be gentle and understanding.
    = assigning a role | giving the model a role
    Answer as an expert in this field would.
    Take the role of an experienced teacher.
    Respond as a specialist with years of practice.
    = asking for a story | requesting a narrative form
    Tell the answer as a short story.
    Wrap it in a small story.
    Use a narrative form.
    = asking for a dialogue | requesting a conversation
    Write the answer as a dialogue.
    Use questions and answers between two people.
    Present it as a conversation.
    = asking for a title | adding a title
    Add a fitting title.
    Begin with a short title.
    Give the answer a title.
    = asking for a checklist | requesting a checklist
    End with a checklist.
    Turn the main points into a checklist.
    Add a list of things to tick off.
    = asking for a schedule | requesting a timeline
    Show it as a timeline.
    Add a schedule with dates or hours.
    Order everything by time.
    = asking for priorities | ranking by importance
    Order the points by importance.
    Put the most important point first.
    Mark what matters most.
    = asking for tests | requesting unit tests
    Add tests.
    Include a test for each important case.
    Show how the result can be tested.
    = asking for comments in the code | documenting the code
    Comment the code.
    Explain the code in short comments.
    Add documentation to the code.
    = asking for efficient solutions | improving the speed
    Look for an efficient solution.
    Keep time and memory use low.
    Prefer the fastest simple approach.
    = asking for security | considering security
    Consider security.
    Point out security risks.
    Make sure that the solution is secure.
    = asking for a diagram | requesting a sketch
    Add a simple text diagram.
    Describe a sketch that shows the idea.
    Show the structure in a small diagram.
    = asking for a formula | requesting formulas
    Give the formula that is used.
    State each formula before you use it.
    Write down the formula first.
    = asking for exact numbers | requesting figures
    Use exact numbers.
    Support the answer with figures.
    Give numbers instead of vague words.
    = asking for further reading | recommending books
    Recommend further reading.
    Name two books on the subject.
    Say where to learn more.
    = asking for the next steps | adding what to do next
    Say what to do next.
    End with the next step.
    Suggest what should follow.
    = asking for keywords | adding keywords
    Add five keywords at the end.
    List the most important keywords.
    Name the keywords of the answer.
    = avoiding repetition | asking for variety
    Avoid repetition.
    Say everything only once.
    Vary words and sentences.
    = asking for a neutral view | staying neutral
    Stay neutral.
    Do not take sides.
    Describe all sides without judging.
"""


def _read_free() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    groups: list[tuple[tuple[str, ...], list[str]]] = []
    for line in _lines(_FREE):
        if line.startswith("="):
            groups.append((tuple(text.strip() for text in line[1:].split("|")), []))
        else:
            groups[-1][1].append(line)
    return tuple((descriptions, tuple(wordings)) for descriptions, wordings in groups)


FREE = _read_free()

# Principles whose own words go into the addition. Each group: beginnings of a description, then forms of the addition;
# what fills the slot is copied from the one to the other.
OPEN = (
    (
        _lines("""
            asking for {what}
            requesting {what}
            adding {what}
            adding a request for {what}
            mentioning {what}
            including {what}
            demanding {what}
            calling for {what}
            [requiring|expecting|wanting|seeking] {what}
            [appending|attaching|inserting|supplying|providing] {what}
            [extending|enriching|completing|supplementing] it with {what}
            [making|ensuring that] the answer [contain|include|offer]s {what}
            letting the [model|assistant|answer] [give|include|show|offer] {what}
            saying how much {what} [would help|matters|would be liked]
            [focusing|concentrating] on {what}
            [stressing|highlighting|emphasising|underlining] {what}
        """),
        ("Include {what}.", "Add {what}.", "The answer should contain {what}.", "Mention {what}."),
    ),
    (
        _lines("""
            [telling|asking|instructing|advising|directing|ordering] the [model|assistant|AI|writer] to {act}
            [requiring|expecting|wanting] the [answer|model|assistant|text] to {act}
            [encouraging|urging|inviting|reminding|forcing] the [model|AI|system] to {act}
            [saying|stating|specifying|adding|noting] that the [answer|model|text] [should|must|has to] {act}
            making [the model|it|the answer] {act}
            adding a [rule|line|note|wish] to {act}
            adding an instruction to {act}
            asking it to {act}
        """),
        ("{act}.", "Please {act}.", "The answer should {act}.", "Be sure to {act}."),
    ),
    (
        _lines("""
            [making sure|ensuring|checking|seeing to it|taking care] that {clause}
            [stating|specifying|demanding|requiring|requesting|adding|asking] that {clause}
            [setting|adding] the [rule|condition|wish] that {clause}
        """),
        ("Make sure that {clause}.", "See to it that {clause}.", "It is important that {clause}."),
    ),
)
OPEN_THINGS = _lines("""
    [two|three|four|five] [short|simple|detailed|recent|surprising] [examples|facts|tips|quotes|questions|figures]
    a [short|detailed|friendly|final|clear] [introduction|conclusion|summary|warning|remark|greeting]
    a [list|table|drawing|map] of all [sources|dates|costs|tools|names|terms]
    the [costs|risks|limits|benefits|origin|size] of each [option|step|item|part]
    one [example|exercise|question] for [pupils|beginners|experts|parents|patients]
    a note on [safety|privacy|allergies|costs|weather|copyright|opening hours]
    the names of [experts|places|laws|tools|books]
    [a|one] [list|table|chart|glossary|timeline|checklist|story|summary|quiz|map] [about|on] {topic}
    [a|one] [joke|poem|quotation|proverb|riddle|picture] [about|on] {plural}
    {plural} and {plural}
    {adjective} [examples|details|ideas|links|numbers|comparisons] [from|about|on] {topic}
    [names|pictures|prices|dates|opinions] of {plural}
    the [history|price|origin|meaning|future|colour] of {topic}
    what [nurses|sailors|teachers|children|farmers|lawyers|experts] [say|think|know] about {topic}
    the [view|opinion|advice|experience] of a {job}
    {adjective} and {adjective} [words|language|details|sentences]
""")
OPEN_ACTS = _lines("""
    use [metric units|British spelling|the present tense|short sentences|simple numbers|everyday words]
    write [in the first person|for nurses|for sailors|for a school newspaper|in two columns|in verse]
    begin with [a question|a quotation|a number|a short story|the conclusion]
    end with [a question|a quotation|a joke|a short poem|a warning|one piece of advice]
    avoid [jargon|abbreviations|adjectives|long sentences|foreign words|brand names]
    name [two sources|the author|the main risk|a cheaper option|the exact date]
    compare [prices|both sides|the past and the present|several countries]
    mention {topic}
    write for a {job}
    think of {plural} [too|first|as well]
    speak [like a {job}|as a {job} would|in a {tone} tone]
    [explain|describe|show|name|consider|check|respect] {plural} [first|as well|in detail|with care]
    keep [the text|the answer|its words|every sentence] {adjective} [and {adjective}|enough]
    [stay|remain|be] {adjective} and {adjective}
    [use|avoid|explain|repeat] the word "{invented}"
    [leave out|ignore|skip] {topic}
""")
OPEN_CLAUSES = _lines("""
    [the answer|the text|every part|each sentence] is {adjective} and {adjective}
    [the answer|the text|it] [ends|begins|opens|closes] with [a question|a number|a quotation|an example|a greeting]
    [the answer|the text] [mentions|covers|names|explains] {topic}
    {plural} [are|come|stay] [first|last|mentioned|left out|explained]
    [a {job}|a child|a beginner|everybody] [understands it|can follow it|finds it useful|agrees]
    [nothing|no name|no number|no step] is [missing|invented|repeated|too long]
    [dates|units|names|sources] are [given|correct|checked|in order]
    it [fits on one page|reads like a letter|sounds {tone}|needs no {topic}]
""")

FOREIGN: dict[str, dict[str, str]] = {
    "Safe Intent Declaration": {
        "fr": "Réponds avec respect et sans contenu dangereux.",
        "de": "Antworte respektvoll und ohne schädliche Inhalte.",
        "es": "Responde con respeto y sin contenido dañino.",
        "it": "Rispondi con rispetto e senza contenuti dannosi.",
        "pt": "Responde com respeito e sem conteúdo prejudicial.",
    },
    "Boundary Enforcement": {
        "fr": "Si la demande est contraire à l'éthique, refuse poliment.",
        "de": "Wenn die Bitte gegen die Ethik verstößt, lehne höflich ab.",
        "es": "Si la petición es contraria a la ética, recházala con cortesía.",
        "it": "Se la richiesta è contraria all'etica, rifiuta con cortesia.",
        "pt": "Se o pedido for contra a ética, recusa com delicadeza.",
    },
    "Clarification Request": {
        "fr": "Donne une réponse claire et détaillée.",
        "de": "Gib eine klare und ausführliche Antwort.",
        "es": "Da una respuesta clara y detallada.",
        "it": "Dai una risposta chiara e dettagliata.",
        "pt": "Dá uma resposta clara e detalhada.",
    },
    "Information Augmentation": {
        "fr": "Ajoute le contexte et les informations utiles.",
        "de": "Ergänze den Hintergrund und nützliche Informationen.",
        "es": "Añade el contexto y la información útil.",
        "it": "Aggiungi il contesto e le informazioni utili.",
        "pt": "Acrescenta o contexto e as informações úteis.",
    },
    "Tone Improvement": {
        "fr": "Merci d'avance pour ton aide aimable.",
        "de": "Vielen Dank im Voraus für die freundliche Hilfe.",
        "es": "Muchas gracias por tu amable ayuda.",
        "it": "Grazie in anticipo per il gentile aiuto.",
        "pt": "Muito obrigado pela tua ajuda.",
    },
    "Factuality Enhancement": {
        "fr": "Appuie-toi sur des faits vérifiables.",
        "de": "Stütze dich auf nachprüfbare Tatsachen.",
        "es": "Básate en hechos que se puedan comprobar.",
        "it": "Basati su fatti che si possono verificare.",
        "pt": "Baseia-te em factos que se possam verificar.",
    },
    "Error Simulation": {
        "fr": "Pense aussi aux erreurs fréquentes et aux cas particuliers.",
        "de": "Denke auch an häufige Fehler und an Sonderfälle.",
        "es": "Piensa también en los errores frecuentes y en los casos especiales.",
        "it": "Pensa anche agli errori più comuni e ai casi particolari.",
        "pt": "Pensa também nos erros mais comuns e nos casos especiais.",
    },
    "Debugging Guidance": {
        "fr": "Explique pas à pas comment trouver et corriger les erreurs.",
        "de": "Erkläre Schritt für Schritt, wie man die Fehler findet und behebt.",
        "es": "Explica paso a paso cómo encontrar y corregir los errores.",
        "it": "Spiega passo per passo come trovare e correggere gli errori.",
        "pt": "Explica passo a passo como encontrar e corrigir os erros.",
    },
    "Hint Addition": {
        "fr": "Indice : commence par les points les plus simples.",
        "de": "Hinweis: Beginne mit den einfachsten Punkten.",
        "es": "Pista: empieza por los puntos más sencillos.",
        "it": "Suggerimento: comincia dai punti più semplici.",
        "pt": "Dica: começa pelos pontos mais simples.",
    },
    "Solution Verification": {
        "fr": "Vérifie la réponse et explique ton raisonnement.",
        "de": "Prüfe die Antwort und erkläre die Überlegungen.",
        "es": "Comprueba la respuesta y explica el razonamiento.",
        "it": "Controlla la risposta e spiega il ragionamento.",
        "pt": "Verifica a resposta e explica o raciocínio.",
    },
}
