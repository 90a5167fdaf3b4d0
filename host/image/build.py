"""Makes the base image of container seats."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from host import commands, diagnose, install
from host.errors import HostError
from host.i18n import translated as _
from host.paths import BUILD, LOGS
from host.steps import Reporter
from host.suites import SUITES

HERE = Path(__file__).parent
_CHANGES = ["--change", 'CMD ["/usr/local/sbin/seat-init"]']
_MIRROR = _("在 settings/local.yml 里设 mirror")
_PULL_SECONDS = 600.0


def name(suite: str, kind: str = "base") -> str:
    """Return the name of a base or golden image, which the Vagrantfile uses as well."""
    return f"coursebox-{kind}:{suite}"


def label(target: str) -> str:
    """Return what an image says that it is made of, or nothing where the engine has no such image."""
    inspected = commands.run(
        ["docker", "image", "inspect", "--format", '{{index .Config.Labels "coursebox"}}', target]
    )
    return inspected.stdout.strip() if inspected.returncode == 0 else ""


def fingerprint(settings: Mapping[str, str]) -> str:
    """Return a digest of all that the image is made of; another one means another image."""
    digest = hashlib.sha256()
    for path in sorted(HERE.iterdir()):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    digest.update(repr(SUITES[settings["suite"]]).encode())
    for key in ("suite", "mirror", "registry"):
        digest.update(f"{key}={settings[key]}\0".encode())
    return digest.hexdigest()


def ensure(settings: Mapping[str, str], report: Reporter) -> str:
    """Make the base image of the suite that the settings name, unless it is there already.

    It is pulled and prepared where a registry answers, else built from the distribution's packages; where neither
    works, the suite's stand-in serves under the same name, and the ending says so. Raises HostError.
    """
    suite = settings["suite"]
    wanted = fingerprint(settings)
    if label(name(suite)) == wanted:
        return _("{name} 已经是最新", name=name(suite))
    facts = SUITES[suite]
    source = f"{settings['registry']}/{facts.image}" if settings["registry"] else facts.image
    labels = ["--change", f"LABEL coursebox={wanted}"]
    if not settings["mirror"] and _pull(source, report):
        _prepare(source, name(suite), labels)
        return _("{name} 由 {source} 制成", name=name(suite), source=source)
    if facts.is_signed:
        report(_("没有可拉取的镜像，用 {suite} 自己的软件包制作（约半分钟）", suite=suite))
        failure = _build(suite, settings["mirror"], name(suite), labels)
        if not failure:
            return _("{name} 由软件包制成", name=name(suite))
        if not facts.fallback:
            raise HostError(failure)
    other = SUITES[facts.fallback].title
    report(
        _(
            "够不到 {title} 的软件源或它的签名密钥，改用 {other} 代替",
            title=facts.title,
            other=other,
        )
    )
    failure = _build(facts.fallback, "", name(suite), labels)
    if failure:
        raise HostError(failure)
    return _(
        "{name} 由 {other} 的软件包制成（代替 {title}）",
        name=name(suite),
        other=other,
        title=facts.title,
    )


def _pull(source: str, report: Reporter) -> bool:
    report(_("尝试拉取 {source}", source=source))
    return commands.run(["docker", "pull", "-q", source], timeout=_PULL_SECONDS).returncode == 0


def _prepare(source: str, target: str, labels: list[str]) -> None:
    """Install what a seat needs into a pulled image, and commit it under the target's name."""
    script = (
        "set -e; export DEBIAN_FRONTEND=noninteractive; apt-get -q update; "
        f"apt-get -q install -y --no-install-recommends {' '.join(_packages())}; sh /rootfs-setup.sh; rm /rootfs-setup.sh"
    )
    log = LOGS / "image.log"
    container = _docker("create", source, "sh", "-c", script)
    try:
        _docker("cp", str(HERE / "seat-init"), f"{container}:/usr/local/sbin/seat-init")
        _docker("cp", str(HERE / "rootfs-setup.sh"), f"{container}:/rootfs-setup.sh")
        if commands.logged(["docker", "start", "--attach", container], log):
            what = _("拉取的镜像 {source} 里装不上软件包", source=source)
            raise HostError(diagnose.failure(what, commands.tail(log), str(log), _MIRROR))
        _docker("commit", *_CHANGES, *labels, container, target)
    finally:
        commands.run(["docker", "rm", "-f", container])


def _docker(*arguments: str) -> str:
    """Let the engine do something, and return what it printed. Raises HostError with what it complained of."""
    done = commands.run(["docker", *arguments])
    if done.returncode:
        said = " ".join(done.stderr.split())
        raise HostError(
            _("做不成基础镜像：docker {arguments} 说 {said}。", arguments=arguments[0], said=said)
        )
    return done.stdout.strip()


def _build(suite: str, mirror: str, target: str, labels: list[str]) -> str:
    """Build a root file system from packages and import it as the target; return what failed, or ''."""
    if install.find("mmdebstrap") is None:
        return _(
            "拉不到 {suite} 的镜像，这台主机也没有 mmdebstrap 可以自己做：请安装 mmdebstrap，或用设置项 registry 指明能拉取镜像的地方，再运行一次。",
            suite=suite,
        )
    log = LOGS / "image.log"
    BUILD.mkdir(exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join(_packages())}",
        f"--customize-hook=copy-in {shlex.quote(str(HERE / 'seat-init'))} /usr/local/sbin",
        f"--customize-hook=copy-in {shlex.quote(str(HERE / 'rootfs-setup.sh'))} /",
        '--customize-hook=chroot "$1" sh /rootfs-setup.sh && rm "$1/rootfs-setup.sh"',
        *SUITES[suite].apt_options,
        *(suite, "-"),
        *([mirror] if mirror else []),
    ]
    # What is mounted for it goes with its last process, also when that is killed.
    if commands.run(commands.as_root(["unshare", "--mount", "true"])).returncode == 0:
        command = ["unshare", "--mount", *command]
    with (
        log.open("ab") as sink,
        # A failing mmdebstrap hangs up its whole process group, so it gets one of its own; sudo stays where its terminal is.
        subprocess.Popen(
            commands.as_root(["setsid", "--wait", *command]), stdout=subprocess.PIPE, stderr=sink
        ) as build,
        subprocess.Popen(
            ["docker", "import", *_CHANGES, *labels, "-", f"{target}-partial"],
            stdin=build.stdout,
            stdout=sink,
            stderr=sink,
        ) as load,
    ):
        assert build.stdout is not None
        build.stdout.close()
        imported, built = load.wait(), build.wait()
    if built or imported:
        commands.run(["docker", "image", "rm", f"{target}-partial"])
        what = _("做不成 {suite} 的基础镜像", suite=suite)
        return diagnose.failure(what, commands.tail(log), str(log), _MIRROR)
    _docker("tag", f"{target}-partial", target)
    _docker("image", "rm", f"{target}-partial")
    return ""


def _packages() -> list[str]:
    return (HERE / "packages.txt").read_text(encoding="ascii").split()
