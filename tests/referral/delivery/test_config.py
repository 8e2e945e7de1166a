"""``delivery.yml``: what may stand in it, and how a fault is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.content_check import check_directory
from bot.doctor import delivery
from bot.referral.delivery.adapters import adapter_for
from bot.referral.delivery.check import check_delivery, check_secrets
from bot.referral.delivery.config import DeliveryConfigError, DeskEntry, Ways, WebhookEntry, read_delivery, secret
from bot.settings import ROOT, Settings

WEBHOOK = "adapter: webhook, url: 'https://example.org/in', secret_env: DOORWIJZER_SECRET_TEST"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content" / "regions", folder / "regions")
    for name in ("municipalities.csv", "municipalities.yml"):
        shutil.copy(ROOT / "content" / name, folder / name)
    return folder


def write(content: Path, text: str, region: str = "midden-utrecht") -> Path:
    path = content / "regions" / region / "delivery.yml"
    path.write_text(text, "utf-8")
    return path


def test_the_files_of_the_project_name_nobody() -> None:
    files = sorted((ROOT / "content" / "regions").glob("*/delivery.yml"))
    assert {path.parent.name for path in files} >= {"midden-utrecht", "drechtsteden", "west-brabant", "national"}
    assert all(read_delivery(path).partners == {} for path in files)


def test_the_example_in_comments_can_be_used(content: Path) -> None:
    path = content / "regions" / "midden-utrecht" / "delivery.yml"
    lines = path.read_text("utf-8").split("# partners:", 1)[1].splitlines()
    example = "\n".join(["partners:", *(line.removeprefix("# ") for line in lines[1:])])
    path.write_text(example, "utf-8")
    adapters = {entry.adapter for entry in read_delivery(path).partners.values()}
    assert adapters == {"email", "webhook", "klantinteracties", "file_drop", "desk"}


def test_who_has_no_entry_is_the_desks(content: Path) -> None:
    write(content, f"partners: {{uwv: {{{WEBHOOK}}}}}", "national")
    write(content, "partners: {sbb: {adapter: file_drop}}")
    ways = Ways(content / "regions")
    assert ways.entry("midden-utrecht", "nobody") == DeskEntry()
    assert ways.entry("no-such-region", "nobody") == DeskEntry()
    assert ways.entry("../../etc", "nobody") == DeskEntry()
    assert isinstance(ways.entry("midden-utrecht", "uwv"), WebhookEntry)
    assert ways.entry("midden-utrecht", "sbb").adapter == "file_drop"
    assert ways.entry("drechtsteden", "sbb") == DeskEntry()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a list", "the file"),
        ("nonsense", "the file"),
        ("partner: {}", "partner"),
        ("partners: {uwv: {}}", "adapter"),
        ("partners: {uwv: {adapter: telepathy}}", "telepathy"),
        ("partners: {uwv: {adapter: email, to: nobody}}", "partners.uwv"),
        ("partners: {uwv: {adapter: email}}", "to"),
        ("partners: {uwv: {adapter: desk, phone: '030'}}", "phone"),
        ("partners: {uwv: {adapter: webhook, url: 'http://example.org', secret_env: DOORWIJZER_A}}", "https"),
        ("partners: {uwv: {adapter: webhook, url: 'ftp://example.org', secret_env: DOORWIJZER_A}}", "https"),
        ("partners: {uwv: {adapter: webhook, url: 'https://', secret_env: DOORWIJZER_A}}", "no address"),
        ("partners: {uwv: {adapter: webhook, url: 'https://a:b@example.org', secret_env: DOORWIJZER_A}}", "secret"),
        ("partners: {uwv: {adapter: webhook, url: 'https://example.org:99999', secret_env: DOORWIJZER_A}}", "address"),
        ("partners: {uwv: {adapter: webhook, url: 'https://example.org', secret_env: whsec_abc}}", "secret_env"),
        ("partners: {uwv: {adapter: webhook, url: 'https://example.org', secret: whsec_abc}}", "secret"),
        (
            "partners: {uwv: {adapter: klantinteracties, url: 'https://e.org', token_env: DOORWIJZER_A, actor: x}}",
            "actor",
        ),
        ("partners: [", "cannot be read"),
        ("partners: \x00", "cannot be read"),
    ],
)
def test_a_fault_is_told(text: str, says: str, content: Path) -> None:
    path = write(content, text)
    with pytest.raises(DeliveryConfigError) as told:
        read_delivery(path)
    assert str(told.value).startswith("midden-utrecht/delivery.yml")
    assert says in str(told.value)
    assert "\n" not in str(told.value)
    (finding,) = check_delivery(content)
    assert finding == str(told.value)


def test_bytes_that_are_no_text(content: Path) -> None:
    write(content, "").write_bytes(b"\xff\xfe\x00")
    assert len(check_delivery(content)) == 1


def test_a_partner_that_does_not_exist_is_told(content: Path) -> None:
    write(content, "partners: {uwv: {adapter: file_drop}, no-such-partner: {adapter: desk}}")
    assert check_directory(content) == [
        "midden-utrecht/delivery.yml: no-such-partner is no partner there; use an id of its directory.json"
    ]


def test_a_secret_that_is_missing_is_told_by_name(
    content: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(content, f"partners: {{uwv: {{{WEBHOOK}}}, sbb: {{adapter: file_drop}}}}")
    monkeypatch.delenv("DOORWIJZER_SECRET_TEST", raising=False)
    (finding,) = check_secrets(content)
    assert finding.startswith("midden-utrecht/delivery.yml, uwv: the environment has no DOORWIJZER_SECRET_TEST")
    check = delivery(settings)
    assert (check.ok, check.found) == (False, finding)
    monkeypatch.setenv("DOORWIJZER_SECRET_TEST", "whsec_!!!")
    assert "whsec_…" in check_secrets(content)[0]
    assert "!!!" not in check_secrets(content)[0]
    monkeypatch.setenv("DOORWIJZER_SECRET_TEST", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert check_secrets(content) == []
    assert delivery(settings).ok


@pytest.mark.parametrize("value", ["", "   ", "whsec_", "é", "whsec_a"])
def test_a_secret_that_is_none_sends_nothing(value: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORWIJZER_SECRET_TEST", value)
    entry = WebhookEntry(adapter="webhook", url="https://example.org", secret_env="DOORWIJZER_SECRET_TEST")
    with pytest.raises(DeliveryConfigError):
        adapter_for(entry, settings)


def test_a_secret_may_have_spaces_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORWIJZER_SECRET_TEST", " abc\n")
    assert secret("DOORWIJZER_SECRET_TEST") == "abc"
