"""What a lab's `check.py` is written with: the student's work, programs that are run safely, clients, and failures."""

from lab.checking.failure import Failure
from lab.checking.program import Finished, Program
from lab.checking.server import Client, Server
from lab.checking.work import Work

__all__ = ["Client", "Failure", "Finished", "Program", "Server", "Work"]
