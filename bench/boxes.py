"""Boxes and the virtual machines made from them: base against golden, Ansible in the machine against Ansible on the host."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from bench import measure
from host import libvirt
from tests.support.checkout import Checkout


class Course:
    """A clone with a Vagrant of its own, so that nothing of an earlier run helps."""

    def __init__(self, folder: Path) -> None:
        self.checkout = Checkout(folder / "coursebox", suite=measure.SUITE)
        self.checkout.environ["VAGRANT_HOME"] = str(folder / "vagrant")

    def make(self, *words: str, **chosen: str) -> float:
        """Carry out a verb that must not fail; return its seconds."""
        measure.report(f"make {' '.join(words)} {chosen or ''}")

        def work() -> None:
            done = self.checkout.run("make", *words, **chosen)
            if done.returncode:
                raise SystemExit(done.stdout + done.stderr)

        return measure.timed(work)

    def take_in(self, image: str) -> None:
        """Let Vagrant and libvirt have their copies of a box."""
        self.checkout.out("vagrant", "up", "--provider=libvirt", "--no-provision", image=image)
        self.make("down", "YES=1", image=image)

    def up(self, image: str, provisioner: str) -> float:
        """Return the seconds from a box that libvirt has to a machine that is ready."""
        chosen = {"image": image, "provisioner": provisioner}
        seconds = self.make("up", "PROVIDER=libvirt", **chosen)
        self.make("down", "YES=1", **chosen)
        return seconds

    def size(self, name: str) -> str:
        """Return the sizes of a box in MiB, by provider."""
        listed = json.loads((self.checkout.root / f"build/boxes/{name}.json").read_text("utf-8"))
        found = []
        for provider in listed["versions"][0]["providers"]:
            packed = Path(provider["url"].removeprefix("file://"))
            found.append(f"{provider['name']} {packed.stat().st_size / 2**20:.0f} MiB")
        return ", ".join(found)


def run(runs: int) -> None:
    """Print its rows; each is measured once, since one takes minutes."""
    del runs
    with tempfile.TemporaryDirectory(prefix="coursebox-") as scratch:
        course = Course(Path(scratch))
        base, golden = course.make("box"), course.make("box", "GOLDEN=1")
        measure.row("`make box GOLDEN=1`, the base box there", [golden], "`make box`", [base], "")
        sizes = [course.size(f"{measure.SUITE}{kind}") for kind in ("-golden", "")]
        print(f"| size of the golden box | {sizes[0]} | the base box | {sizes[1]} | | |")
        libvirt.ensure(measure.report)
        for image in ("base", "golden"):
            course.take_in(image)
        ways = {
            (image, provisioner): course.up(image, provisioner)
            for provisioner in ("ansible", "ansible_local")
            for image in ("golden", "base")
        }  # fmt: skip
        for provisioner in ("ansible", "ansible_local"):
            measure.row(
                f"`make up` from the golden box, {provisioner}", [ways["golden", provisioner]],
                "from the base box", [ways["base", provisioner]], "",
            )  # fmt: skip
        for image in ("base", "golden"):
            measure.row(
                f"`make up` from the {image} box, ansible_local", [ways[image, "ansible_local"]],
                "ansible", [ways[image, "ansible"]], "",
            )  # fmt: skip
