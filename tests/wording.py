"""What no text may look like once its values are filled in, whoever says it."""

import re

#: What is wrong, and how one sees it.
FAULTS: dict[str, re.Pattern[str]] = {
    "two spaces": re.compile(r"[^\S\n]{2,}"),
    "a space at an edge": re.compile(r"^\s|\s$|[^\S\n]\n|\n[^\S\n]"),
    "a space before a stop": re.compile(r"\s[.,;:!?](?!\d)"),
    "no space after a stop": re.compile(r"[a-zë],[^\s\d]|[a-zë]{2}[;!?][^\s»\")]"),
    "two stops": re.compile(r"[.,;:!?]\s*[,;:]|[.!?;:,]\.(?!\.)|[,;:.][!?]"),
    "the same word twice": re.compile(r"(?<![\w-])([^\W\d_]+)\s+\1(?![\w-])", re.IGNORECASE),
    "a value that is not there": re.compile(r"\bNone\b|\{\w*\}|\(\)|«»|\"\""),
    "a language in small letters": re.compile(r"\b(dutch|english|nederlands|engels|oekraïens|ukrainian)\b"),
    "a sentence that begins small": re.compile(r"[a-zë)»][.!?] (?!'s )[a-zé]"),
    "a day without «on»": re.compile(r"\b(it|you|message) (Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"),
}


def faults(text: str) -> list[str]:
    """Return what is wrong with a text, each with the words around it."""
    found = []
    for name, pattern in FAULTS.items():
        for match in pattern.finditer(text):
            found.append(f"{name}: …{text[max(0, match.start() - 30) : match.end() + 30]}…")
    return found
