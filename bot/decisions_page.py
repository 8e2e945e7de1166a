"""``docs/decisions.md``: the decision table as a page that a policy officer can read and sign.

All words come from ``content/pages/decisions.yml``, ``content/pages/desk.yml`` and ``content/texts/nl``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_date

from bot.intake.decisions import RANKS, THEMES, Clause, DecisionTable, Row
from bot.intake.situation import FACTS
from bot.texts import Texts

LANGUAGE = "nl"


def render(content_dir: Path) -> str:
    """Return the page in Markdown. Raises ``OSError``, or ``DecisionsInvalid`` for a faulty table."""
    table = DecisionTable.parse(yaml.safe_load((content_dir / "decisions.yml").read_text("utf-8")))
    pages = content_dir / "pages"
    words = {
        **yaml.safe_load((pages / "desk.yml").read_text("utf-8")),
        **yaml.safe_load((pages / "decisions.yml").read_text("utf-8")),
    }
    return _Page(table, words, Texts.load(content_dir / "texts")).render()


class _Page:
    def __init__(self, table: DecisionTable, words: Mapping[str, Any], texts: Texts) -> None:
        self.table, self.words, self.texts = table, words, texts

    def render(self) -> str:
        rows = (*self.table.rows, self.table.default_row)
        parts = [
            f"# {self.words['title']}",
            self.words["version"].format(version=self.table.version, rows=len(rows)),
            "\n".join(f"- {line}" for line in self.words["intro"]),
            self.words["made"].strip(),
        ]
        for theme in THEMES:
            # The most urgent first; within that the order of the table.
            told = sorted((row for row in rows if row.theme == theme), key=lambda row: RANKS.index(row.rank))
            parts.append(f"## {self.words['themes'][theme]}")
            parts.append(_grid(self.words["columns"], (self._cells(row) for row in told)))
        parts.append(f"## {self.words['reasons_title']}")
        parts.append(_grid(self.words["reasons_columns"], self._reasons(rows)))
        parts.append(f"## {self.words['sign_title']}")
        columns = self.words["sign_columns"]
        parts.append(_grid(columns, [[""] * len(columns) for _ in range(self.words["sign_lines"])]))
        return "\n\n".join(parts) + "\n"

    def _cells(self, row: Row) -> list[str]:
        first, *others = row.roles
        said = [self.texts.get(f"note.{row.note}", LANGUAGE)] if row.note else []
        if row.person:
            said.append(f"**{self._sentence(self.words['person'])}**")
        dated = [self._day(row.checked)]
        if row.valid_until:
            dated.append(f"**{self.words['until'].format(day=self._day(row.valid_until))}**")
        return [
            f"{self._situation(row)}<br>`{row.id}`",
            f"{self.words['need_names'][row.need]}<br>({self.words['ranks'][row.rank]})",
            self._role(first),
            ", ".join(map(self._role, others)) or self.words["nothing"],
            ", ".join(self.words["facts"][fact] for fact in _asked(row)) or self.words["nothing"],
            " ".join(said) or self.words["nothing"],
            row.source,
            "; ".join(dated),
        ]

    def _role(self, role: str) -> str:
        return str(self.words["role_names"][role])

    def _situation(self, row: Row) -> str:
        clauses = dict.fromkeys(self._clause(clause) for clause in row.when)
        return f"<br>*{self.words['or']}* ".join(clauses) or self._sentence(self.words["otherwise"])

    def _clause(self, clause: Clause) -> str:
        parts = [self.words["signal_names"][name] for name in clause.signals]
        parts += self._facts({**clause.facts, **clause.known})
        parts += [self.words["near"]] if clause.near else []
        parts += [self.words["alone"]] if clause.alone else []
        told = self._sentence(self._listing(parts, self.words["and"]))
        never = [self.words["signal_names"][name] for name in clause.unless] + self._facts(clause.unless_facts)
        return f"{told} ({self.words['not'].format(things=self._listing(never, self.words['or']))})" if never else told

    def _facts(self, facts: Mapping[str, Sequence[str]]) -> list[str]:
        return [
            self.words["fact"].format(
                fact=self.words["facts"][name],
                values=self._listing([self.words["values"][value] for value in values], self.words["or"]),
            )
            for name, values in facts.items()
        ]

    def _reasons(self, rows: Iterable[Row]) -> Iterator[list[str]]:
        asked = {fact for row in rows for fact in _asked(row)}
        for fact in FACTS:
            if fact in asked:
                yield [self.words["facts"][fact], self.texts.get(f"why.{fact}", LANGUAGE)]

    def _day(self, day: date) -> str:
        return format_date(day, "d MMMM y", locale=LANGUAGE)

    def _listing(self, parts: Sequence[str], last: str) -> str:
        return f" {last} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))

    def _sentence(self, words: str) -> str:
        return words[:1].upper() + words[1:]


def _asked(row: Row) -> list[str]:
    """Return the facts that the row asks for, in the order in which they are asked."""
    weighed = {fact for clause in row.when if clause.signals for fact in clause.facts}
    return [fact for fact in FACTS if fact in weighed or fact in row.ask]


def _grid(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
