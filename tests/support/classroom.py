"""A class as the end-to-end tests lead it: its folder, its seats from a golden image, and the instructor's verbs."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import pathlib
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from host.paths import ROOT
from tests.support.machine import BIN, Machine, host_tool

# Containers that start side by side.
TOGETHER = 4


@dataclasses.dataclass
class Class:
    """A class's folder, its suite and its machines."""

    folder: pathlib.Path
    suite: str
    machines: dict[str, Machine]

    @property
    def collected(self) -> pathlib.Path:
        """What the class handed in."""
        return self.folder / "collected"

    def make(self, verb: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Carry out one of the instructor's verbs."""
        process = self.start(verb, variables)
        out, err = process.communicate(timeout=900)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(
        self, verb: str, variables: Mapping[str, str], output: int | IO[str] = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """Begin one of the instructor's verbs, in a process group of its own; both its outputs go to `output`."""
        env = os.environ | {
            "CLASS": str(self.folder),
            "COURSEBOX_SUITE": self.suite,
            "ANSIBLE_VAULT_PASSWORD_FILE": str(self.folder.parent / "vault-password"),
            **variables,
        }
        return subprocess.Popen(
            ["make", "--silent", verb],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
            start_new_session=True,
        )

    def classroom(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin one of the class's commands as a program that nothing stands around, in a process group of its own."""
        password = str(self.folder.parent / "vault-password")
        return subprocess.Popen(
            [str(BIN / "python"), "-m", "classroom", "--class", str(self.folder), *arguments],
            cwd=ROOT,
            env=os.environ | {"ANSIBLE_VAULT_PASSWORD_FILE": password},
            text=True,
            start_new_session=True,
        )

    def archives(self, number: str) -> list[pathlib.Path]:
        """What was collected of a student, oldest first."""
        return sorted((self.collected / "work" / number).glob("*.tar.gz"))

    def board(self, name: str = "board") -> dict[str, dict[str, str]]:
        """The board as a table, by seat."""
        text = (self.collected / f"{name}.csv").read_text("utf-8-sig")
        return {row["座位"]: row for row in csv.DictReader(text.splitlines())}


def golden_machines(names: Iterable[str], suite: str) -> dict[str, Machine]:
    """Machines from a golden image, which is made where it is not there yet."""
    chosen = {"COURSEBOX_IMAGE": "golden", "COURSEBOX_SUITE": suite}
    os.environ.update(chosen)
    try:
        host_tool("image")
        with ThreadPoolExecutor(TOGETHER) as pool:
            made = pool.map(lambda name: Machine.create(name, suite), names)
            return {machine.name: machine for machine in made}
    finally:
        for key in chosen:
            del os.environ[key]


def hosts(machines: Mapping[str, Machine]) -> str:
    """An inventory that says where the machines are; JSON is YAML."""
    found: dict[str, object] = {}
    for name in machines:
        inventory = json.loads((ROOT / f"build/seats/{name}/inventory.yml").read_text("utf-8"))
        found |= inventory["seats"]["hosts"]
    return json.dumps({"seats": {"hosts": found}})
