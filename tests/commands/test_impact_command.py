"""``doorwijzer impact``: figures for the team, and open data in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import clock
from bot.cli import app
from bot.settings import get_settings
from bot.store.engine import get_engine, make_engine
from tests.referral.impact_data import Past, many, store


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Run the command on a database of its own."""
    monkeypatch.setenv("DOORWIJZER_DATABASE_URL", database_url)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 25, 9, tzinfo=UTC))
    get_settings.cache_clear()
    get_engine.cache_clear()

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["impact", *arguments])

    yield command
    get_engine().dispose()
    get_settings.cache_clear()
    get_engine.cache_clear()


@pytest.fixture
def filled(database_url: str) -> None:
    engine = make_engine(database_url)
    store(
        engine,
        [
            *many(300, regions=("midden-utrecht", "drechtsteden")),
            *(Past(datetime(2026, 10, 5, tzinfo=UTC)) for _ in range(8)),
        ],
    )
    engine.dispose()


def test_an_empty_database(run) -> None:  # type: ignore[no-untyped-def]
    done = run()
    assert (done.exit_code, done.stdout) == (0, "")
    assert "no figures yet" in done.stderr
    assert json.loads(run("--json").stdout) == []


def test_what_is_published(run, filled: None) -> None:  # type: ignore[no-untyped-def]
    text = run().stdout
    assert "midden-utrecht, 2025-04 to 2025-06" in text
    assert "2026-10" not in text, "that quarter is not over"
    one = json.loads(run("--json", "--region", "drechtsteden").stdout)
    assert {block["region"] for block in one} == {"drechtsteden"}
    assert one[-1]["first"] == "2025-01"
    assert one[-1]["lines"][0]["referrals"] > 5


def test_other_months_are_for_the_team(run, filled: None) -> None:  # type: ignore[no-untyped-def]
    done = run("--from", "2026-10", "--to", "2026-10", "--json")
    assert json.loads(done.stdout)[0]["lines"][0]["referrals"] == 8
    assert "do not publish" in done.stderr
    assert json.loads(run("--json", "--to", "2026-10").stdout)[0]["first"] == "2026-10"


def test_files_of_the_team_cannot_be_taken_for_open_data(run, filled: None, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "figures"
    assert run("--csv", str(folder)).exit_code == 0
    public = {file.name: file.read_bytes() for file in folder.iterdir()}
    for asked in (("--from", "2025-04", "--to", "2025-06"), ("--to", "2026-10"), ("--from", "2025-02")):
        done = run(*asked, "--csv", str(folder))
        assert done.exit_code == 0
        assert "warning" in done.stderr
        assert "do not publish" in done.stderr
    found = {file.name for file in folder.iterdir()}
    assert found == set(public) | {f"team-{name}" for name in public}
    assert {name: (folder / name).read_bytes() for name in public} == public, "what is published stayed"
    package = json.loads((folder / "team-datapackage.json").read_text("utf-8"))
    assert package["name"] == "team-doorwijzer-impact"
    assert "must not be published" in package["description"]
    assert {resource["path"] for resource in package["resources"]} < found - set(public)
    own = json.loads(public["datapackage.json"])
    assert own["name"] == "doorwijzer-impact"
    assert "team" not in json.dumps(own)


def test_the_warning_is_there_without_figures_too(run) -> None:  # type: ignore[no-untyped-def]
    assert "do not publish" in run("--from", "2025-01", "--to", "2025-02").stderr
    assert "do not publish" not in run().stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--region", "nowhere"), ("--region", "x" * 9999), ("--from", "yesterday"), ("--from", "2026-11"),
        ("--from", "2026-03", "--to", "2026-01"), ("--to", "2099-01"), ("--from", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(run, filled: None, arguments: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_open_data_in_a_folder(run, filled: None, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "open" / "data"
    for _ in range(2):
        assert run("--csv", str(folder)).exit_code == 0
    names = {file.name for file in folder.iterdir()}
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert names == {"datapackage.json", *(resource["path"] for resource in package["resources"])}
    lines = (folder / "referrals.csv").read_bytes().decode("utf-8").split("\r\n")
    assert lines[0].startswith("region,period_start,period_end,counted_until,dimension,category,referrals")
    (tmp_path / "file").write_text("")
    assert run("--csv", str(tmp_path / "file")).exit_code == 2
