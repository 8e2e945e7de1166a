"""What is wrong in ``content/``, said so that the person who edited it can mend it. One line a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

import yaml
from pydantic import ValidationError

from bot import clock
from bot.conversation.retention import Retention
from bot.intake.decisions import DecisionsInvalid, DecisionTable
from bot.referral.rules import ReferralRules
from bot.texts_review import FILE

#: More offers than this below one message and people stop reading (domain, section 7).
MOST_BUTTONS = 7


def check_texts(content_dir: Path) -> list[str]:
    """Return findings on ``texts/<lang>/<topic>.yml``: every language has the same texts, values and buttons."""
    folder = content_dir / "texts"
    files = sorted(folder.glob("*/*.yml"))
    if not files:
        return [f"{folder}: there is no text file"]
    strays = sorted(path.name for path in folder.glob("*.yml") if path.name != FILE)
    findings = [f"{name}: belongs in a folder of its language" for name in strays]
    languages: dict[str, dict[str, Mapping[str, Any]]] = {}
    for path in files:
        name = f"{path.parent.name}/{path.name}"
        texts = languages.setdefault(path.parent.name, {})
        data, fault = _read(path)
        if fault is not None:
            findings.append(fault.replace(path.name, name, 1))
        elif not isinstance(data, dict) or not data:
            findings.append(f"{name}: must be a list of names with their texts")
        else:
            entries = dict(_entries(data))
            findings += [f"{name}, {key}: stands in another file too" for key in entries.keys() & texts.keys()]
            findings += [f"{name}, {key}: {fault}" for key, entry in entries.items() for fault in _entry_faults(entry)]
            texts.update(entries)
    return findings + list(_differences(languages))


def check_decisions(content_dir: Path, today: date | None = None) -> list[str]:
    """Return findings on ``decisions.yml``: its form; then what contradicts, leads nowhere or is out of date.

    ``today`` (default: the date in the Netherlands) decides what has expired.
    """
    from bot.decisions_check import HouseNotInOrder, check_table, read_house  # noqa: PLC0415 - it reads the directory

    data, fault = _read(content_dir / "decisions.yml")
    if fault is not None:
        return [fault]
    try:
        table = DecisionTable.parse(data)
        return check_table(table, read_house(content_dir, today or clock.today()))
    except (DecisionsInvalid, HouseNotInOrder) as error:
        return [str(error)]


def check_directory(content_dir: Path) -> list[str]:
    """Return findings on the regions' directories, and on the ways to the partners in them."""
    from bot.directory.check import check_directory as check  # noqa: PLC0415 - it reads JSON schemas
    from bot.referral.delivery.check import check_delivery  # noqa: PLC0415

    return [*(str(finding) for finding in check(content_dir)), *check_delivery(content_dir)]


def check_events(content_dir: Path) -> list[str]:
    """Return findings on ``events.yml``."""
    from bot.directory.events_check import check_events as check  # noqa: PLC0415 - it reads the whole directory

    return [str(finding) for finding in check(content_dir)]


def check_referral_rules(content_dir: Path) -> list[str]:
    """Return findings on ``referral.yml`` and ``retention.yml``: what is missing, unknown, or no number that can be."""
    findings: list[str] = []
    for name, form in (("referral.yml", ReferralRules), ("retention.yml", Retention)):
        data, fault = _read(content_dir / name)
        if fault is not None:
            findings.append(fault)
            continue
        try:
            form.model_validate(data)
        except ValidationError as error:
            findings += [f"{name}, {_in_words(found['loc'], found['msg'])}" for found in error.errors()]
    return findings


def _in_words(place: Sequence[int | str], fault: str) -> str:
    return ": ".join([*map(str, place), fault.removeprefix("Value error, ")])


def _read(path: Path) -> tuple[Any, str | None]:
    """Return what a YAML file holds, or a finding with the line of the fault."""
    try:
        return yaml.load(path.read_text("utf-8"), Loader=_OnceLoader), None  # noqa: S506 - a SafeLoader
    except OSError as error:
        return None, f"{path.name}: {error.strerror}"
    except UnicodeDecodeError:
        return None, f"{path.name}: is not UTF-8 text"
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return None, f"{path.name}, line {line}: {error.problem}"
    except yaml.YAMLError as error:
        return None, f"{path.name}: {error}"


class _OnceLoader(yaml.SafeLoader):
    """A safe loader that does not let a second entry of the same name silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen and key_node.tag != "tag:yaml.org,2002:merge":
                raise yaml.MarkedYAMLError(problem=f"{key} stands here twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _entries(data: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every text under its name; the texts of a group are named ``group.name``."""
    for key, value in data.items():
        name = (
            f"{prefix}{key}" if isinstance(key, str) else f"{prefix}{key} (a word that YAML reads as a value: quote it)"
        )
        if isinstance(value, Mapping) and "text" not in value and not name.startswith("utter_"):
            yield from _entries(value, f"{name}.")
        else:
            yield name, value if isinstance(value, Mapping) else {"text": value}


def _entry_faults(entry: Mapping[str, Any]) -> Iterator[str]:
    text = entry.get("text")
    if not isinstance(text, str) or not text.strip():
        yield "has no text"
        return
    try:
        _placeholders(text)
    except ValueError as error:
        yield f"a brace is not closed ({error})"
    buttons = entry.get("buttons", [])
    if not isinstance(buttons, list):
        yield "buttons must be a list"
        return
    if len(buttons) > MOST_BUTTONS:
        yield f"has {len(buttons)} buttons; at most {MOST_BUTTONS}"
    for button in buttons:
        if not isinstance(button, Mapping) or not button.get("title") or not button.get("payload"):
            yield "a button needs a title and a payload"
        elif not str(button["payload"]).startswith("/"):
            yield f"the payload {button['payload']} must start with /"


def _differences(languages: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[str]:
    every = sorted({key for texts in languages.values() for key in texts})
    for key in every:
        having = {name: texts[key] for name, texts in languages.items() if key in texts}
        for name in languages.keys() - having.keys():
            yield f"{name}: {key} is missing"
        yield from _unlike(key, "values in braces", {name: _values(entry) for name, entry in having.items()})
        yield from _unlike(key, "buttons", {name: _payloads(entry) for name, entry in having.items()})


def _unlike(key: str, what: str, by_file: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    if len(set(by_file.values())) > 1:
        told = "; ".join(f"{name}: {', '.join(values) or 'none'}" for name, values in sorted(by_file.items()))
        yield f"{key}: the {what} differ ({told})"


def _values(entry: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        return tuple(sorted(_placeholders(str(entry.get("text", "")))))
    except ValueError:  # reported already
        return ()


def _payloads(entry: Mapping[str, Any]) -> tuple[str, ...]:
    buttons = entry.get("buttons", [])
    if not isinstance(buttons, list):
        return ()
    payloads = (str(button.get("payload", "")) for button in buttons if isinstance(button, Mapping))
    # A button to the other language is the one button that may differ.
    return tuple("/change_language" if payload.startswith("/change_language") else payload for payload in payloads)


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
