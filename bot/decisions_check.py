"""What is wrong in a decision table of the right form: it contradicts itself, leads nowhere, or is out of date.

Every finding is one line that says where it is and what to do. The form itself is checked by ``bot.intake.decisions``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import yaml

from bot.directory.hsds import DirectoryError
from bot.directory.hsds_records import ROLES
from bot.directory.municipalities import MunicipalityTableError
from bot.directory.partners import Directory
from bot.directory.regions import read_region
from bot.intake.decisions import NEEDS, Clause, DecisionTable, Row
from bot.intake.situation import SAFETY_SIGNALS, SIGNALS, Situation
from bot.texts import Texts

#: What was compared with its source this long ago has to be compared again.
CHECK_AFTER_DAYS = 365
#: Language never goes to UWV: it may not offer courses (Midden-Utrecht Werkt Door).
LANGUAGE_NEEDS = frozenset({"language_course", "literacy_support"})
#: The Ukraine scheme is for employees: nothing for the self-employed may be advised (domain, section 2).
BUSINESS_NEEDS = frozenset({"income_support_self_employed", "business_advice", "business_start"})
UKRAINIAN = "ukrainian_protection"
#: A roof, debts, and money to live on.
BASIC_NEEDS = frozenset({"housing_help", "debt_help", "social_assistance"})
#: What somebody would like, whatever situation they are in: it never puts a basic need aside.
WISHES = frozenset({
    "looking_for_work", "wants_retraining", "wants_practical_learning", "wants_to_start_business", "career_question",
    "switch_track", "wants_event",
})  # fmt: skip


@dataclass(frozen=True)
class House:
    """What the table is compared with."""

    texts: Texts
    offered: frozenset[str]
    today: date


class HouseNotInOrder(ValueError):
    """The texts or regions cannot be read; the message says what to check first."""


def check_table(table: DecisionTable, house: House) -> list[str]:
    """Return the findings on a table, compared with the texts and the regions of a house."""
    return [finding for check in CHECKS for finding in check(table, house)]


def read_house(content_dir: Path, today: date) -> House:
    """Read what stands below ``content_dir``. Raises ``HouseNotInOrder``."""
    try:
        house = House(Texts.load(content_dir / "texts"), offered_roles(content_dir / "regions"), today)
    except (DirectoryError, MunicipalityTableError) as error:
        raise HouseNotInOrder(f"the directory cannot be read ({error}): run `doorwijzer directory check`") from error
    except (OSError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise HouseNotInOrder(f"texts or regions cannot be read ({error}): run `doorwijzer texts check`") from error
    if not house.texts.languages:
        raise HouseNotInOrder(f"{content_dir / 'texts'}: there is no text; run `doorwijzer texts check`")
    return house


def offered_roles(regions_dir: Path) -> frozenset[str]:
    """Return the roles that a partner has, or that a region's own desk takes on purpose, in a region served here."""
    directory = Directory.load(regions_dir)
    roles: set[str] = set()
    for region in directory.regions:
        if region.served:
            roles.update(role for partner in directory.all_partners(region.id) for role in partner.roles)
            roles.update(read_region(regions_dir / region.id / "region.yml").desk_roles)
    return frozenset(roles)


def example(table: DecisionTable, clause: Clause, today: date) -> Situation:
    """Return the smallest situation in which a clause should hold: what it asks for, and what that implies."""
    situation = Situation().with_signals(dict.fromkeys(clause.signals, 1.0))
    for name, values in (*clause.facts.items(), *clause.known.items()):
        situation = situation.with_fact(name, values[0])
    if clause.near:
        situation = situation.with_fact("end_date", today.isoformat())
    return table.implied_facts(situation)


# --- it contradicts itself --------------------------------------------------------------------------------------------


def _contradictions(table: DecisionTable, _house: House) -> Iterator[str]:
    for row in table.rows:
        for clause in row.when:
            for name in sorted(set(clause.signals) & set(clause.unless)):
                yield f"row {row.id}: {name} stands in `signals` and in `unless`; take one away"
            wanted = {**clause.facts, **clause.known}
            for name in wanted.keys() & clause.unless_facts.keys():
                both = sorted(set(wanted[name]) & set(clause.unless_facts[name]))
                if both:
                    yield f"row {row.id}: {name} must be and must not be {', '.join(both)}; take one away"
            for name in sorted(clause.facts.keys() & clause.known.keys()):
                yield f"row {row.id}: {name} stands in `facts` and in `known`; choose: asked for, or not"
    for first, other in combinations(table.rows, 2):
        if first.need == other.need and any(clause in other.when for clause in first.when):
            yield f"rows {first.id} and {other.id}: the same situation and the same need; make them one row"


def _unreachable(table: DecisionTable, house: House) -> Iterator[str]:
    for row in table.rows:
        for number, clause in enumerate(row.when, start=1):
            if not clause.holds(example(table, clause, house.today), house.today):
                yield (
                    f"row {row.id}, `when` {number}: can never be true, for what it asks for (with what "
                    "`implied` adds) rules it out; change or remove it"
                )


# --- it leads nowhere -------------------------------------------------------------------------------------------------


def _needs_and_signals(table: DecisionTable, _house: House) -> Iterator[str]:
    covered = {row.need for row in table.rows}
    for need in NEEDS:
        if need not in covered:
            yield f"need {need}: no row leads to it, so it has no role; add a row"
    used = {name for row in table.rows for clause in row.when for name in clause.signals}
    for signal in SIGNALS:
        if signal not in used:
            yield f"signal {signal}: no row has it in `signals`; add it to a row"


def _roles(table: DecisionTable, house: House) -> Iterator[str]:
    for row in (*table.rows, table.default_row):
        for role in dict.fromkeys(row.roles):
            if role not in ROLES:
                yield f"row {row.id}: the role {role} does not exist; roles are {', '.join(sorted(ROLES))}"
            elif role not in house.offered:
                yield (
                    f"row {row.id}: in no region a partner has the role {role}; add a partner to a directory.json, "
                    "or name the role under desk_roles in a region.yml"
                )
            if row.roles.count(role) > 1:
                yield f"row {row.id}: the role {role} stands there twice; remove one"


def _words(table: DecisionTable, house: House) -> Iterator[str]:
    for row in (*table.rows, table.default_row):
        for key in _keys(row):
            for language in house.texts.languages:
                if not house.texts.has(key, language):
                    yield f"row {row.id}: there is no text {key} in {language}; add it to content/texts/{language}"


def _keys(row: Row) -> list[str]:
    causes = {cause for clause in row.when for cause in clause.causes}
    weighed = {fact for clause in row.when for fact in clause.facts}
    keys = [f"need.{row.need}", *(f"role.{role}" for role in row.roles if role in ROLES)]
    keys += [f"{'signal' if cause in SIGNALS else 'fact'}.{cause}" for cause in sorted(causes)]
    keys += [f"{kind}.{fact}" for fact in sorted({*row.ask, *weighed}) for kind in ("why", "label")]
    keys += [f"say_ask_{fact}" for fact in sorted({*row.ask, *weighed})]
    return [*keys, f"note.{row.note}"] if row.note else keys


# --- it is out of date ------------------------------------------------------------------------------------------------


def _dates(table: DecisionTable, house: House) -> Iterator[str]:
    oldest = house.today - timedelta(days=CHECK_AFTER_DAYS)
    for row in (*table.rows, table.default_row):
        if row.valid_until is not None and row.valid_until < house.today:
            yield f"row {row.id}: held until {row.valid_until}; look up what holds now and change the row"
        if row.valid_until is not None and row.valid_until < row.checked:
            yield f"row {row.id}: valid_until is before `checked`; correct one of the two"
        if row.checked > house.today:
            yield f"row {row.id}: `checked` is {row.checked}, a day to come; put the day on which it was compared"
        if row.checked < oldest:
            yield f"row {row.id}: was compared with its source on {row.checked}; compare it again"
        if row.checked.isoformat() > table.version:
            yield f"row {row.id}: was changed after the version {table.version}; raise `version`"


# --- what may never be ------------------------------------------------------------------------------------------------


def _safety(table: DecisionTable, _house: House) -> Iterator[str]:
    sure = {
        clause.signals[0]
        for row in table.rows
        if row.rank == "safety"
        for clause in row.when
        if len(clause.signals) == 1 and clause == Clause(signals=clause.signals)
    }
    for signal in SAFETY_SIGNALS:
        if signal not in sure:
            yield f"signal {signal}: needs a row with rank safety and no other condition; nothing may take it away"


def _order(table: DecisionTable, house: House) -> Iterator[str]:
    # A need that rests on nothing but wishes comes after a roof, debts and money to live on.
    wishes = sorted(WISHES & {name for row in table.rows for clause in row.when for name in clause.signals})
    basic = [(row, clause) for row in table.rows if row.need in BASIC_NEEDS for clause in row.when]
    found: dict[str, None] = {}
    for row, clause in basic:
        for wish in wishes:
            told = table.implied_facts(example(table, clause, house.today).with_signals({wish: 1.0}))
            needs = table.needs(told, house.today)
            place = next((at for at, need in enumerate(needs) if need.id == row.need), 0)
            for need in needs[:place]:
                if WISHES.issuperset(need.because):
                    found[
                        f"row {need.rows[0]}: {need.id}, only a wish, comes before {row.need} (row {row.id}); "
                        "give it the rank wish, and the other the rank basic"
                    ] = None
    yield from found


def _forbidden(table: DecisionTable, house: House) -> Iterator[str]:
    for row in table.rows:
        if row.need in LANGUAGE_NEEDS and "uwv" in row.roles:
            yield f"row {row.id}: UWV offers no language courses; remove the role uwv"
        if (row.need in BUSINESS_NEEDS or "kvk" in row.roles) and _holds_for_ukrainians(table, row, house.today):
            yield (
                f"row {row.id}: advises a business to people under the Ukraine scheme; add "
                f"`unless: [{UKRAINIAN}]` and `unless_facts: {{right_to_work: [ukraine_scheme]}}`"
            )
    for signal in SIGNALS:
        told = table.implied_facts(Situation().with_signals({"debts": 1.0, signal: 1.0}))
        firsts = [need.roles[0] for need in table.needs(told, house.today) if need.id == "debt_help"]
        if firsts != ["municipality_debt_help"]:
            yield (
                f"debts with {signal}: debt help by the municipality is missing; no other help comes in its place, "
                "so let a row with need debt_help and first role municipality_debt_help hold"
            )


def _holds_for_ukrainians(table: DecisionTable, row: Row, today: date) -> bool:
    for clause in row.when:
        plain = example(table, clause, today)
        told = plain.with_signals({UKRAINIAN: 1.0})
        answered = plain.with_fact("right_to_work", "ukraine_scheme")
        if clause.holds(told, today) or clause.holds(answered, today):
            return True
    return False


CHECKS: tuple[Callable[[DecisionTable, House], Iterator[str]], ...] = (
    _contradictions, _unreachable, _needs_and_signals, _roles, _words, _dates, _safety, _order, _forbidden,
)  # fmt: skip
