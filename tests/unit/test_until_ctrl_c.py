"""Verbs that go on until ctrl-c end by its signal also where a script started them in the background."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from host.paths import ROOT

# Each says when it is at work; what it would do there is beside the point.
PROGRAMS = {
    "watch-class": """
import argparse, pathlib, tempfile
from classroom.course_class import CourseClass
from classroom.roster import Roster
from classroom.verbs import report, watch_class
report.write = lambda *_, **__: print("at work", flush=True)
found = CourseClass(pathlib.Path(tempfile.mkdtemp()), Roster((), ()))
raise SystemExit(watch_class.run(found, argparse.Namespace(limit=None, every=900)))
""",
    "serve-boxes": """
import pathlib, tempfile
from host import serve
place = pathlib.Path(tempfile.mkdtemp())
(place / "box.json").touch()
serve.BOXES, serve.SERVED, serve.VENV = place, place / "served", place
(place / "bin").mkdir()
twist = place / "bin/twist"
twist.write_text("#!/bin/sh\\necho at work; exec tail -f /dev/null\\n")
twist.chmod(0o755)
serve._offer = lambda *_: "name"
serve._verify = serve.install.venv = lambda *_: None
chosen = {"serve_address": "127.0.0.1", "serve_port": "8099"}
raise SystemExit(serve.boxes(chosen, print))
""",
}


@pytest.mark.parametrize("verb", PROGRAMS)
def test_ends_by_ctrl_c_from_the_background(verb: str) -> None:
    """Where the signal was ignored from the start, as a shell without job control does with `make … &`."""
    ignored = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv(sys.executable, [sys.executable, '-c', sys.argv[1]])"
    running = subprocess.Popen(
        [sys.executable, "-c", ignored, PROGRAMS[verb]], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout
    try:
        assert any(line == "at work\n" for line in running.stdout)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0
    finally:
        running.kill()
        running.wait()
