"""Whoever reads a command's output may stop reading: `skyloom why ... | head`."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from made import ROOT


def test_a_closed_pipe_ends_a_command_without_a_word(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    options = ["--root", tmp_path, "--tables", tmp_path, "--page", tmp_path / "claims.md"]
    done = subprocess.run(
        [sys.executable, "-m", "skyloom", "study", "--collect", *map(str, options)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": ""},  # so that the pipe is met at the last moment
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")
    assert (tmp_path / "claims.md").exists()  # what it had to do is done
