"""Where a checkout stands and whose shell it is: the verbs do the same, or say in one line why not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from host import environment, install, place
from host.errors import HostError
from host.paths import ROOT

pytestmark = pytest.mark.slow
NOBODY = 65534
# What shells are full of, and none of it may change what a verb does.
HOSTILE = {
    "ANSIBLE_CONFIG": "/nonexistent",
    "ANSIBLE_REMOTE_USER": "nobody",
    "ANSIBLE_STDOUT_CALLBACK": "nope",
    "ANSIBLE_INVENTORY_ENABLED": "nope",
    "ANSIBLE_COLLECTIONS_PATH": "/nonexistent",
    "ANSIBLE_HOME": "/nonexistent",
    "ANSIBLE_SSH_ARGS": "-o Nonsense=yes",
    "ANSIBLE_NOCOWS": "0",
    "VAGRANT_CWD": "/nonexistent",
    "VAGRANT_DOTFILE_PATH": "/nonexistent",
    "VAGRANT_VAGRANTFILE": "nope",
    "VAGRANT_DEFAULT_PROVIDER": "nope",
    "PIP_USER": "1",
    "PIP_TARGET": "/nonexistent",
    "PIP_PREFIX": "/nonexistent",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_NO_DEPS": "1",
    "PYTHONHOME": "/nonexistent",
    "PYTHONPATH": "/nonexistent",
    "PYTHONSTARTUP": "/nonexistent",
    "PYTHONIOENCODING": "ascii",
    "PYTHONUTF8": "0",
    "PYTHONWARNINGS": "error",
    "PYTHONOPTIMIZE": "2",
    "PYTEST_ADDOPTS": "--nope",
    "VIRTUAL_ENV": "/nonexistent",
    "BASH_ENV": "/nonexistent",
    "ENV": "/nonexistent",
    "CDPATH": "/tmp:/",
    "GREP_OPTIONS": "-v",
    "TAR_OPTIONS": "--nonsense",
    "POSIXLY_CORRECT": "1",
    "RUBYOPT": "-rnope",
    "GEM_HOME": "/nonexistent",
    "GIT_DIR": "/nonexistent",
    "MAKEFLAGS": "-j8",
    "LANGUAGE": "ja",
}
NETWORK = {
    "PIP_INDEX_URL": "https://mirror.example/simple",
    "PIP_CERT": "/etc/ssl/certs/ca-certificates.crt",
    "PIP_FIND_LINKS": "/srv/wheels",
    "PIP_CONFIG_FILE": "/srv/pip.conf",
    "https_proxy": "http://proxy.example:3128",
    "no_proxy": "localhost",
    "DOCKER_HOST": "unix:///run/docker.sock",
    "SSH_AUTH_SOCK": "/run/agent",
    "ANSIBLE_VAULT_PASSWORD_FILE": "/srv/key",
    "VAGRANT_HOME": "/srv/vagrant",
    "COURSEBOX_SUITE": "trixie",
    "HOME": "/srv/home",
    "TERM": "xterm-kitty",
}
IN_CHINESE = "coursebox：还没有课程机器：请先运行 make up。"
IN_ENGLISH = "coursebox: There are no course machines yet: please run make up first."
LOCALES = {
    **dict.fromkeys(["", "C", "POSIX", "C.UTF-8", "zh_CN.GBK", "zh_CN.GB18030"], IN_CHINESE),
    **dict.fromkeys(["en_US.ISO-8859-1", "xx_YY", "垃圾"], IN_ENGLISH),
}
# Each is one value of a make variable, as it is typed within single quotes.
TYPED = [
    "echo $HOME",
    "echo $(id) `id` ${HOME} $$",
    "echo $(shell touch hurt) $(error no)",
    "printf '%s\\n' \"a b\"",
    "ls # not a comment",
    "a; touch hurt & b | c > hurt",
    "first\nsecond\n",
    "-v --help -oProxyCommand=touch",
    "--",
    "\\",
    "a\\\nb",
    "汉字 😀",
    "*?[a-z]~",
    "trailing blank ",
    "a=b := c ?= d",
    "%.o: %.c",
    "{{ 7*7 }}",
]
VERBS = {
    "SEAT": ("ssh", "--seat={}"),
    "CMD": ("ssh", "--cmd={}"),
    "LIMIT": ("provision", "--limit={}"),
    "LAB": ("reset", "--lab={}"),
    "CLASS": ("slips", "--class={}"),
    "OWNER": ("remove", "--owner={}"),
    "ARCHIVE": ("restore", "--archive={}"),
    "YES": ("down", "--yes={}"),
}


def run(
    *command: str,
    cwd: Path = ROOT,
    user: int | None = None,
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing of this run's environment but PATH."""
    return subprocess.run(
        command,
        cwd=cwd,
        env={
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            **(environ or {}),
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )


def only_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a refused verb of make says, besides make's own."""
    assert done.returncode != 0, done.stdout
    lines = [
        line for line in done.stderr.splitlines() if not line.startswith(("make", "bash: warning"))
    ]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(("coursebox：", "coursebox: ")), done.stderr
    return lines[0]


def laid(root: Path) -> Path:
    """Lay down what verbs need until they look for machines; nothing of it may be executed as a file."""
    root.mkdir(parents=True)
    for name in ("host", "lab", "settings"):
        shutil.copytree(
            ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "local.yml")
        )
    for name in ("Makefile", "ansible.cfg", "Vagrantfile"):
        shutil.copy(ROOT / name, root / name)
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return root


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which nothing was made."""
    return laid(tmp_path_factory.mktemp("bare") / "coursebox")


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that any account can look into, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)
    shutil.rmtree(folder)


@pytest.fixture
def interpreter(tmp_path: Path) -> tuple[str, Path]:
    """A stand-in for Python that notes each call's arguments, a line of JSON each."""
    calls = tmp_path / "calls"
    script = tmp_path / "python"
    script.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"open({str(calls)!r}, 'a').write(json.dumps([sys.argv[1:], dict(os.environ)]) + '\\n')\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    return str(script), calls


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("variable", VERBS)
def test_a_variable_of_make_arrives_as_it_was_typed(
    tmp_path: Path, interpreter: tuple[str, Path], variable: str, typed: str
) -> None:
    """Neither make nor a shell reads it on its way, given on the command line or by the environment."""
    python, calls = interpreter
    verb, form = VERBS[variable]
    shutil.copy(ROOT / "Makefile", tmp_path)
    for argument, environ in ((f"{variable}={typed}", None), ("-s", {variable: typed})):
        done = run("make", verb, f"PYTHON={python}", argument, cwd=tmp_path, environ=environ)
        assert done.returncode == 0, done.stderr
        arguments, _ = json.loads(calls.read_text("utf-8").splitlines()[-1])
        assert form.format(typed) in arguments
    assert not (tmp_path / "hurt").exists()


@pytest.mark.parametrize("variable", sorted(VERBS.keys() - {"CMD"}))
def test_a_variable_that_says_nothing_is_not_one_that_is_missing(
    tmp_path: Path, interpreter: tuple[str, Path], variable: str
) -> None:
    """Else an empty LAB, SEAT or LIMIT of a script's would mean all of them."""
    python, calls = interpreter
    verb, form = VERBS[variable]
    shutil.copy(ROOT / "Makefile", tmp_path)
    for given in ([f"{variable}="], []):
        done = run("make", verb, f"PYTHON={python}", *given, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        arguments, _ = json.loads(calls.read_text("utf-8").splitlines()[-1])
        option = form.format("")
        found = [part for part in arguments if part.startswith(option)]
        assert found == ([option] if given else [])


@pytest.mark.bad_input
@pytest.mark.parametrize("typed", TYPED[1:6])
@pytest.mark.parametrize("variable", ["PROVIDER", "PROVISIONER", "SEATS", "GOLDEN"])
def test_a_setting_given_to_make_is_refused_as_it_was_typed(
    bare: Path, variable: str, typed: str
) -> None:
    """The value in the message is the value that was typed."""
    line = only_line(run("make", "up", f"{variable}={typed}", cwd=bare))
    assert repr(typed) in line
    assert sorted(path.name for path in bare.iterdir() if path.name != "host") == [
        "Makefile", "Vagrantfile", "ansible.cfg", "lab", "settings"
    ]  # fmt: skip


@pytest.mark.parametrize("typed", ["lab; touch hurt", "$(touch hurt)", "`touch hurt`", "* ?"])
def test_benchmarks_are_words_and_no_program(
    tmp_path: Path, interpreter: tuple[str, Path], typed: str
) -> None:
    """NAMES is split at blanks, and that is all."""
    python, calls = interpreter
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = run(
        "make", "bench", f"PYTHON={python}", f"NAMES={typed}", "RUNS=$$(touch hurt)", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    arguments, _ = json.loads(calls.read_text("utf-8").splitlines()[-1])
    assert arguments[-len(typed.split()) - 2 :] == ["--runs=$$(touch hurt)", "--", *typed.split()]
    assert not (tmp_path / "hurt").exists()


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_what_steers_other_tools_does_not_count(name: str) -> None:
    """It is gone, or what this checkout says."""
    assert environment.of_verbs(HOSTILE).get(name) != HOSTILE[name]


@pytest.mark.parametrize("name", sorted(NETWORK))
def test_what_names_the_network_counts(name: str) -> None:
    """A host behind a proxy, with a mirror and an authority of its own, goes on working."""
    assert environment.of_verbs(NETWORK)[name] == NETWORK[name]


def test_the_docs_name_what_counts() -> None:
    """Each variable of the tools that stays."""
    text = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert {name for name in environment._KEPT if f"`{name}`" not in text} == set()


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "ANSIBLE_VAULT_PASSWORD_FILE", "VAGRANT_HOME"])
def test_an_empty_variable_is_none(name: str) -> None:
    """As shells have it; Ansible would look for a file without a name."""
    assert name not in environment.of_verbs({name: ""})


@pytest.mark.parametrize(
    "name", ["", "everything", "PYTHONHOME", "MAKEFLAGS", "CDPATH", "BASH_ENV"]
)
def test_a_verb_says_the_same_in_any_shell(bare: Path, name: str) -> None:
    """Through make, and as Vagrant calls the host tool."""
    environ = HOSTILE if name == "everything" else {key: HOSTILE[key] for key in [name] if key}
    assert "还没有课程机器" in only_line(run("make", "ssh", cwd=bare, environ=environ))
    called = run("sh", str(bare / "host/coursebox"), "ssh", cwd=Path("/"), environ=environ)
    assert "还没有课程机器" in only_line(called)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("python", ["make", "plain"])
def test_a_verb_speaks_in_any_locale(bare: Path, locale: str, python: str) -> None:
    """In UTF-8, whether the locale is there or not, and in the language that it names."""
    command = ["make", "ssh"] if python == "make" else ["python3", "-m", "host", "ssh"]
    # Else Python would help itself here, as it does not where such a locale is generated.
    plain = {"PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = run(*command, cwd=bare, environ={"LC_ALL": locale, "LANG": locale, **plain})
    assert only_line(done) == LOCALES[locale]


@pytest.mark.parametrize("home", [None, "/nonexistent", "/proc", "/" + "x" * 250])
def test_a_verb_needs_no_home(bare: Path, home: str | None) -> None:
    """Without HOME, or with one that cannot be."""
    done = run("make", "ssh", cwd=bare, environ={} if home is None else {"HOME": home})
    assert "还没有课程机器" in only_line(done)


def test_a_module_of_the_environment_runs_as_the_verbs_do(tmp_path: Path) -> None:
    """With the checkout's own ansible.cfg, from wherever it is called, executable or not."""
    script = laid(tmp_path / "here") / "host/ansible-playbook"
    (tmp_path / "here/.venv").symlink_to(ROOT / ".venv")
    shutil.copytree(ROOT / "requirements", tmp_path / "here/requirements")
    (tmp_path / "elsewhere").mkdir()
    done = run("sh", str(script), "--version", cwd=tmp_path / "elsewhere", environ=HOSTILE)
    assert done.returncode == 0, done.stderr
    assert f"config file = {tmp_path}/here/ansible.cfg" in done.stdout
    # An environment that several checkouts share stands where it stands.
    assert str(tmp_path).encode() not in (ROOT / ".venv/bin/ansible").read_bytes()


FIT = [
    "with blanks", "张三课程", "课程 (1)", "#1", "a&b;c|d", "*?[a]", "~", "-dash", "a,b=c+d@e!", "<x>", "^", "é",
    "x" * 200, "课" * 60,
]  # fmt: skip
UNFIT = [
    '"',
    "'",
    "\\",
    "$HOME",
    "`id`",
    "a:b",
    "{{ 7*7 }}",
    "100%",
    "a\nb",
    "a\tb",
    "\x1b[31m",
    "\udcff",
]


@pytest.mark.parametrize("name", FIT)
def test_a_path_that_works(tmp_path: Path, name: str) -> None:
    """Any letters, and 200 of them."""
    root = laid(tmp_path / name)
    assert "还没有课程机器" in only_line(run("make", "ssh", cwd=root))


@pytest.mark.bad_input
@pytest.mark.parametrize("name", UNFIT)
def test_a_path_that_tools_misread_is_refused(tmp_path: Path, name: str) -> None:
    """In one line that names what is wrong with it, before anything is made there."""
    root = laid(tmp_path / f"x{name}y")
    line = only_line(run("make", "ssh", cwd=root))
    assert "这个目录的路径" in line
    assert not (root / "build").exists()


def test_vagrant_refuses_the_same_paths(tmp_path: Path) -> None:
    """Before it makes anything there, in any locale; what begins a path on Windows is no fault of it."""
    script = (
        "module Vagrant; module Errors; class VagrantError < StandardError; end; end; end;"
        "require ARGV.shift; require ARGV.shift;"
        "ARGV.each { |path| begin; Coursebox.verify_place(path); puts 'fit'; "
        "rescue Coursebox::SettingsError => e; puts e.to_s =~ /400/ ? 'long' : 'unfit'; end }"
    )
    unfit = [f"{tmp_path}/x{name}y" for name in UNFIT]
    fit = ["C:/course", *(f"{tmp_path}/{name}" for name in FIT)]
    files = [str(ROOT / "settings/settings"), str(ROOT / "host/place")]
    for locale in ("C", "C.UTF-8"):
        done = run(
            *("ruby", "-e", script, *files, *fit, *unfit, "/x" * 300), environ={"LC_ALL": locale}
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == ["fit"] * len(fit) + ["unfit"] * len(unfit) + ["long"]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "verb",
    [
        "up",
        "down",
        "box",
        "image",
        "provision",
        "slips",
        "collect",
        "tools",
        "serve-boxes",
        "bench",
    ],
)
def test_every_verb_refuses_such_a_path(tmp_path: Path, verb: str) -> None:
    """Also those that would first build an environment."""
    root = laid(tmp_path / "a{{ 1 }}'b")
    line = only_line(run("make", verb, "YES=1", "CLASS=x", cwd=root))
    assert "这个目录的路径" in line
    assert not (root / "build").exists()
    assert not (root / ".venv").exists()


@pytest.mark.bad_input
def test_a_path_that_no_socket_can_have(tmp_path: Path) -> None:
    """Longer than is tried."""
    with pytest.raises(HostError, match="太长"):
        place.verify_path(tmp_path / "/".join("x" * 200 for _ in range(3)))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "part", ["", "build", "build/log", "build/seats", ".venv", "build/up.lock"]
)
@pytest.mark.parametrize("verb", ["up", "ssh"])
def test_what_belongs_to_another_account_is_named(open_to_all: Path, part: str, verb: str) -> None:
    """With the command that gives it back, and nothing is begun."""
    root = laid(open_to_all / "coursebox")
    wrong = root / part
    (root / "build/log").mkdir(parents=True)
    (root / "build/seats").mkdir()
    (root / ".venv").mkdir()
    (root / "build/up.lock").touch()
    if os.getuid() == 0:
        for path in [root, *root.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        os.chown(wrong, 0, 0)
    else:
        wrong.chmod(0o555)
    before = sorted(root.rglob("*"))
    line = only_line(run("make", verb, cwd=root, user=NOBODY if os.getuid() == 0 else None))
    assert "sudo chown -R" in line
    assert str(wrong) in line
    assert [path for path in sorted(root.rglob("*")) if "__pycache__" not in str(path)] == before


@pytest.mark.parametrize("made", ["by name", "by the shell"])
def test_scripts_of_a_moved_environment_find_their_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str
) -> None:
    """Whatever form their first line had, and whatever path they come to."""
    venv = tmp_path / ("新 地方" + "x" * 120)
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").symlink_to(sys.executable)
    heads = {
        "by name": "#!/old/place/.venv/bin/python3.11\n",
        "by the shell": "#!/bin/sh\n'''exec' \"/old/pl ace/.venv/bin/python3\" \"$0\" \"$@\"\n' '''\n",
    }
    script = venv / "bin/tool"
    script.write_text(heads[made] + "import sys\nprint('runs', *sys.argv[1:])\n", encoding="utf-8")
    script.chmod(0o755)
    other = venv / "bin/other"
    other.write_bytes(b"#!/bin/bash\nexit 0\n")
    monkeypatch.setattr(install, "VENV", venv)
    for _ in range(2):
        install._rehome()
        assert run(str(script), "a b").stdout == "runs a b\n"
    assert other.read_bytes() == b"#!/bin/bash\nexit 0\n"
    assert sorted(path.name for path in (venv / "bin").iterdir()) == ["other", "python", "tool"]
