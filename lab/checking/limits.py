"""Limits for a student's program, so that it can do the machine no harm, and what a student is told who exceeds one."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from lab.checking import processes

if TYPE_CHECKING:
    from collections.abc import Sequence

MIB: Final = 1024 * 1024
# Bytes of output that are read: a program that prints more does not stop.
OUTPUT_BYTES: Final = 4 * MIB
# Bytes of one file, and of all files of the program together; an exercise writes some kilobytes.
_FILE_BYTES: Final = 64 * MIB
_WRITTEN_BYTES: Final = 192 * MIB
# Bytes that each file counts at least, so that too many empty ones are too much, too.
_LEAST_FILE_BYTES: Final = 16 * 1024
# Letters of a path; the system takes 4095, and a folder in a folder without end exceeds any limit.
_LONGEST_PATH: Final = 1024
# Bytes of memory in use, of all processes together. A course machine may have 1 GiB in all: what a program can take
# between two samples has to leave the rest alive.
_MEMORY_BYTES: Final = 512 * MIB
# Bytes of address space of one process; each thread reserves 8 MiB of it for its stack.
_ADDRESS_BYTES: Final = 4096 * MIB
# Processes of the program; an exercise asks for about eight.
_PROCESSES: Final = 32
# Processes and threads that the program may add to those of its user, where the kernel's own limit stops a fork bomb.
_TASKS: Final = 120


def tasks() -> int:
    """Return the number of processes and threads that the user may have while the program runs."""
    return processes.threads_of_user() + _TASKS


def limit_this_process(most_tasks: int) -> None:
    """Set the kernel's limits for this process and its children. Raises OSError."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_BYTES, _ADDRESS_BYTES))
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    bound = most_tasks if hard == resource.RLIM_INFINITY else min(most_tasks, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (bound, hard))


def excess(tree: Sequence[processes.Process], scratch: str) -> tuple[str, str, str] | None:
    """Return a failure's actual and expected result and hint, where a program or its files in `scratch` take too much."""
    if len(tree) > _PROCESSES:
        return (
            f"它开了超过 {_PROCESSES} 个进程，检查把它们都停掉了。",
            "只开需要的那几个进程",
            "是不是在循环里、或者在子进程里又开了新进程？"
            '开进程的代码要放在 if __name__ == "__main__": 里面。',
        )
    if sum(process.memory for process in tree) > _MEMORY_BYTES:
        return (
            f"它用了超过 {_MEMORY_BYTES // MIB} MiB 内存，检查把它停掉了。",
            "内存用得很少",
            "是不是有一个列表或者字符串在循环里越变越大？",
        )
    if _size(scratch) > _WRITTEN_BYTES:
        return (
            f"它写了超过 {_WRITTEN_BYTES // MIB} MiB 的文件，或者太多的文件、太深的文件夹，检查把它停掉了。",
            "只写需要的文件",
            "写文件的循环停得下来吗？",
        )
    return None


def _size(folder: str) -> int:
    """Return the bytes that a folder takes on the disk; a path that is too long counts as more than the limit."""
    total = 0
    waiting = [folder]
    while waiting and total <= _WRITTEN_BYTES:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                total += max(entry.stat(follow_symlinks=False).st_blocks * 512, _LEAST_FILE_BYTES)
                if len(entry.path) > _LONGEST_PATH:
                    total += _WRITTEN_BYTES
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
    return total
