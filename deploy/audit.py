"""Look up known vulnerabilities of the locked packages (pip-audit) and fail on those without a reason to stay.

``deploy/audit.py LOCK``. When the vulnerability service cannot be reached this says so, loudly, and ends with 0:
an audit that did not happen must neither pass for a good one nor stop the work.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

IGNORE = Path(__file__).with_name("audit-ignore.txt")


def main(lock: str) -> int:
    """Audit one lock file; return the exit code."""
    report = _audit(lock)
    packages = report.get("dependencies", []) if report else []
    looked_up = [package for package in packages if "vulns" in package]
    if not looked_up:
        print("!" * 100)
        print("!! NO AUDIT: the vulnerability service could not be reached; nothing is known about these packages.")
        print("!" * 100)
        return 0
    reasons = _reasons()
    found = [(package, fault) for package in looked_up for fault in package["vulns"]]
    open_ones = [(package, fault) for package, fault in found if not _names(fault) & reasons.keys()]
    for package, fault in open_ones:
        fixed = ", ".join(fault.get("fix_versions", ())) or "no version yet"
        print(f"✗ {package['name']} {package['version']}: {fault['id']} (mended in {fixed})")
    named = {name for _, fault in found for name in _names(fault)}
    for name in sorted(reasons.keys() - named):
        print(f"! {name} in {IGNORE.name} is found no more: take it out")
    print(f"audit: {len(looked_up)} of {len(packages)} packages looked up, {len(open_ones)} open, {len(found)} in all")
    return 1 if open_ones else 0


def _audit(lock: str) -> dict[str, Any] | None:
    command = [sys.executable, "-m", "pip_audit", "-r", lock, "--disable-pip", "--require-hashes", "-f", "json"]
    try:
        finished = subprocess.run(  # noqa: S603 - our own interpreter and arguments
            [*command, "--progress-spinner", "off"], capture_output=True, text=True, timeout=600, check=False
        )
        report: dict[str, Any] = json.loads(finished.stdout)
    except (ValueError, subprocess.TimeoutExpired):
        return None
    return report


def _reasons() -> dict[str, str]:
    lines = (line.split(maxsplit=1) for line in IGNORE.read_text("utf-8").splitlines() if not line.startswith("#"))
    return {line[0]: line[1] for line in lines if len(line) == 2}


def _names(fault: dict[str, Any]) -> set[str]:
    return {fault["id"], *fault.get("aliases", ())}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
