"""The audit's three ends: open findings, findings with a reason, and no service to ask."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.settings import ROOT


@pytest.fixture
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "deploy/audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def package(name: str, *faults: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "version": "1", "vulns": list(faults)}


FAULT = {"id": "PYSEC-1", "aliases": ["CVE-2024-1"], "fix_versions": ["2"]}


@pytest.mark.parametrize(
    ("ignored", "code", "told"),
    [
        ("", 1, "✗ old 1: PYSEC-1 (mended in 2)"),
        ("CVE-2024-1 not reachable here\n", 0, "0 open, 1 in all"),
        ("CVE-2024-1\n", 1, "✗ old 1: PYSEC-1"),  # an id without a reason is no reason
        ("CVE-2024-1 why\nCVE-2020-9 why\n", 0, "! CVE-2020-9 in ignore.txt is found no more"),
    ],
)
def test_findings(
    audit: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, ignored: str, code: int, told: str
) -> None:
    (tmp_path / "ignore.txt").write_text(f"# reasons\n\n{ignored}")
    monkeypatch.setattr(audit, "IGNORE", tmp_path / "ignore.txt")
    monkeypatch.setattr(audit, "_audit", lambda _lock: {"dependencies": [package("good"), package("old", FAULT)]})
    assert audit.main("requirements.lock") == code
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("report", [None, {}, {"dependencies": [{"name": "a", "skip_reason": "not found"}]}])
def test_no_service_is_said_loudly(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any, report: Any
) -> None:
    monkeypatch.setattr(audit, "_audit", lambda _lock: report)
    assert audit.main("requirements.lock") == 0
    assert "NO AUDIT" in capsys.readouterr().out


def test_every_reason_in_the_list_can_be_read(audit: ModuleType) -> None:
    lines = [line for line in audit.IGNORE.read_text().splitlines() if line and not line.startswith("#")]
    assert len(audit._reasons()) == len(lines)
