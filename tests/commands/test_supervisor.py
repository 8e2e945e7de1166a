"""The supervisor with real processes: readiness, restarts, giving up, and an end that leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.supervisor import Service, ServiceFailed, Supervisor, free_port, port_is_free

SERVER = """
import http.server, os, signal, subprocess, sys, time
port, mode, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
open(os.path.join(folder, "starts"), "a").write(f"{os.getpid()}\\n")
if mode == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if mode == "family":
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open(os.path.join(folder, "child"), "w").write(str(child.pid))
if mode == "dies":
    print("cannot read the model", flush=True)
    sys.exit(3)
if mode == "silent":
    time.sleep(600)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        if self.path == "/crash":
            os._exit(9)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


class Ground:
    """A folder with a small web server to supervise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.script = folder / "server.py"
        self.script.write_text(SERVER)
        self.lines: list[str] = []

    def service(self, mode: str = "good", start_seconds: float = 20) -> Service:
        command = [sys.executable, str(self.script), str(self.port), mode, str(self.folder)]
        address = f"http://127.0.0.1:{self.port}/"
        return Service(f"the {mode} one", command, address, self.folder / f"{mode}.log", start_seconds)

    def supervisor(self, *services: Service, on_ready: Callable[[], None] = lambda: None) -> Supervisor:
        return Supervisor(
            services, dict(os.environ), self.lines.append, on_ready, back_off=(0.05, 0.1, 0.2), folder=self.folder
        )

    def pids(self) -> list[int]:
        file = self.folder / "starts"
        return [int(line) for line in file.read_text().split()] if file.exists() else []


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_ready_is_announced_once_and_stop_ends_all(ground: Ground) -> None:
    ready: list[float] = []

    def on_ready() -> None:
        ready.append(time.monotonic())
        threading.Timer(0.5, supervisor.stop).start()

    supervisor = ground.supervisor(ground.service(), on_ready=on_ready)
    supervisor.run()
    assert len(ready) == 1
    assert not any(alive(pid) for pid in ground.pids())
    assert port_is_free(ground.port)


def test_a_crashed_service_is_started_again(ground: Ground) -> None:
    supervisor = ground.supervisor(ground.service(), on_ready=lambda: os.kill(ground.pids()[0], signal.SIGKILL))
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    assert wait_for(lambda: any("runs again" in line for line in ground.lines))
    supervisor.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert len(ground.pids()) == 2
    assert "ended with code -9" in ground.lines[0]


def test_a_service_that_never_starts_gives_up_with_its_last_words(ground: Ground) -> None:
    with pytest.raises(ServiceFailed) as error:
        ground.supervisor(ground.service("dies")).run()
    assert "ended with code 3, 2 times in a row" in str(error.value)
    assert "cannot read the model" in str(error.value)
    assert len(ground.pids()) == 2


def test_a_service_that_crashes_again_and_again_gives_up(ground: Ground) -> None:
    supervisor = ground.supervisor(ground.service())
    failed: list[ServiceFailed] = []

    def run() -> None:
        try:
            supervisor.run()
        except ServiceFailed as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    killed: set[int] = set()
    while thread.is_alive():
        for pid in set(ground.pids()) - killed:
            if wait_for(lambda: not port_is_free(ground.port), 5):
                time.sleep(0.3)
                os.kill(pid, signal.SIGKILL)
            killed.add(pid)
        time.sleep(0.02)
    assert len(failed) == 1
    assert len(killed) == 4  # the first, and one after each pause


def test_a_service_that_does_not_answer_in_time_is_ended(ground: Ground) -> None:
    with pytest.raises(ServiceFailed, match=r"did not answer within 0\.5 seconds"):
        ground.supervisor(ground.service("silent", start_seconds=0.5)).run()
    assert not any(alive(pid) for pid in ground.pids())


def test_when_one_gives_up_the_other_ends_too(ground: Ground) -> None:
    (ground.folder / "other").mkdir()
    other = Ground(ground.folder / "other")
    with pytest.raises(ServiceFailed):
        ground.supervisor(other.service(), ground.service("dies")).run()
    assert other.pids()
    assert not any(alive(pid) for pid in other.pids())


def start_apart(ground: Ground, mode: str) -> subprocess.Popen[bytes]:
    """Run a supervisor in a process of its own."""
    code = f"""
import os, sys
from pathlib import Path
from bot.supervisor import Service, Supervisor
address, log = "http://127.0.0.1:{ground.port}/", Path({str(ground.folder / "s.log")!r})
service = Service("s", {list(ground.service(mode).command)!r}, address, log)
Supervisor([service], dict(os.environ), on_ready=lambda: print("ready", flush=True)).run_until_signal()
print("ended", flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("mode", ["good", "deaf", "family"])
def test_a_signal_ends_everything_within_five_seconds(ground: Ground, number: signal.Signals, mode: str) -> None:
    process = start_apart(ground, mode)
    started = time.monotonic()
    process.send_signal(number)
    assert process.wait(5) == 0
    assert time.monotonic() - started < 5
    family = [int((ground.folder / "child").read_text())] if mode == "family" else []
    assert not any(alive(pid) for pid in [*ground.pids(), *family])


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends orphans on Linux only")
def test_a_killed_supervisor_leaves_no_service_behind(ground: Ground) -> None:
    process = start_apart(ground, "good")
    process.kill()
    process.wait()
    assert wait_for(lambda: not any(alive(pid) for pid in ground.pids()), 5)


def test_a_port_in_use_is_seen(ground: Ground) -> None:
    assert port_is_free(ground.port)
    process = subprocess.Popen([sys.executable, str(ground.script), str(ground.port), "good", str(ground.folder)])
    try:
        assert wait_for(lambda: not port_is_free(ground.port))
    finally:
        process.kill()
        process.wait()
