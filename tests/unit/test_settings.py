"""The settings merge, its rules, and that Vagrant's Ruby reader agrees with the host's Python one."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from host import providers, provision, settings
from host.errors import HostError
from host.paths import ROOT, SETTINGS
from lab import i18n

RULES = settings.read_rules()
STUB = "module Vagrant; module Errors; class VagrantError < StandardError; end; end; end"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of settings/ without a local override, and of what it looks at."""
    place = tmp_path / "settings"
    place.mkdir()
    for name in ("defaults.yml", "rules.json", "settings.rb", "i18n.rb", "suites.json"):
        shutil.copy(SETTINGS / name, place / name)
    for name in ("host/providers", "host/locale"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return place


def in_ruby(folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Read the settings as the Vagrantfile does."""
    script = f"{STUB}; require '{folder}/settings'; puts JSON.generate(Coursebox.settings)"
    return subprocess.run(
        ["ruby", "-e", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **environ},
    )


def test_defaults_obey_their_own_rules(folder: Path) -> None:
    """Every default has a rule and passes it."""
    assert settings.load({}, folder)["suite"] == "noble"


def test_environment_beats_local_beats_defaults(folder: Path) -> None:
    """The order that the README states."""
    (folder / "local.yml").write_text("suite: trixie\nmemory: 2048  # MiB\n", encoding="utf-8")
    merged = settings.load({"COURSEBOX_SUITE": "bookworm", "HOME": "/root"}, folder)
    assert (merged["suite"], merged["memory"], merged["cpus"]) == ("bookworm", "2048", "2")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("suite", "xenial"),
        ("port_8888", "70000"),
        ("port_8888", "80"),
        ("port_8000", "http"),
        ("seats", "0"),
        ("provider", "vbox"),
        ("provisioner", "salt"),
        ("mirror", "ftp://mirror.example"),
        ("box_checksum", "abc"),
        ("users_name", "Student"),
        ("users_name", "root"),
        ("users_name", "1st"),
        ("users_name", "a" * 33),
        ("users_password", ""),
        ("users_password", "a:b"),
        ("users_password", "a\nb"),
        ("users_password", "a\x1b[2Jb"),
        ("system_hostname", "-tedu"),
        ("packages_mirror", "mirror.example"),
        ("packages_mirror", "http://x/$(touch /tmp/x)"),
        ("packages_mirror", "http://x/`id`"),
        ("packages_mirror", "http://x/;id"),
        ("packages_mirror", "http://x/{{ 7*7 }}"),
        ("packages_mirror", "http://x/\nDeb"),
        ("packages_security_mirror", "http://x/|id"),
        ("packages_ports_mirror", "http://x/\\"),
        ("packages_proxy", 'http://x/";Dir "/'),
        ("python_index", "http://x/&id"),
        ("mirror", "http://$HOME/"),
        ("provider", "vmware_desktop"),
        ("provider", "parallels"),
        ("seats", "01"),
        ("seats", "1_0"),
        ("seats", "１"),
        ("seats", " 1"),
        ("memory", "1e3"),
    ],
)
def test_a_bad_value_is_named_with_its_cure(folder: Path, key: str, value: str) -> None:
    """The message holds the key, the value and the cure, in Python and in Ruby alike."""
    environ = {f"COURSEBOX_{key.upper()}": value}
    with pytest.raises(HostError) as caught:
        settings.load(environ, folder)
    assert key in str(caught.value)
    assert repr(value) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert RULES[key]["fix"] in str(caught.value)
    refused = in_ruby(folder, environ)
    assert refused.returncode != 0
    assert RULES[key]["fix"] in refused.stderr


@pytest.mark.parametrize(
    "environ",
    [
        *({"LC_ALL": name} for name in ("C", "en_US.UTF-8", "de_DE", "zh_CN.GBK", "POSIX.UTF-8")),
        {"LC_ALL": "C.UTF-8", "LANGUAGE": "xx:en:zh"},
        {"LC_ALL": "C", "LANGUAGE": "en"},
        {"LC_ALL": "", "LANG": "en_GB.UTF-8"},
    ],
    ids=str,
)
def test_vagrant_speaks_the_same_language(folder: Path, environ: dict[str, str]) -> None:
    """Python and Ruby choose it alike, also where the host has no such locale."""
    i18n.use(i18n.wanted(environ))
    try:
        fix = settings.read_rules(folder)["suite"]["fix"]
        with pytest.raises(HostError) as caught:
            settings.load({"COURSEBOX_SUITE": "x"}, folder)
    finally:
        i18n.use(i18n.CHINESE)
    said = in_ruby(folder, {"COURSEBOX_SUITE": "x", **environ}).stderr
    assert fix in said
    assert str(caught.value).replace("'x'", '"x"') in said


@pytest.mark.parametrize("key", [key for key, rule in RULES.items() if "min" in rule])
def test_a_number_is_held_to_its_range(folder: Path, key: str) -> None:
    """Its ends are taken and what lies beyond is not, in Python and in Ruby alike."""
    least, greatest = RULES[key]["min"], RULES[key]["max"]

    def both_take(value: str) -> bool:
        environ = {f"COURSEBOX_{key.upper()}": value}
        # Each port apart from the others, also for many seats.
        environ = {"COURSEBOX_PORT_SSH": "20000", "COURSEBOX_PORT_8000": "30000", **environ}
        taken = in_ruby(folder, environ).returncode == 0
        if taken:
            assert settings.load(environ, folder)[key] == value
        else:
            with pytest.raises(HostError, match=f"{least} 到 {greatest}"):
                settings.load(environ, folder)
        return taken

    assert both_take(str(least))
    assert both_take(str(greatest))
    refused = [least - 1, greatest + 1, f"0{least}", f"{least}.0", f"+{least}", "", "9" * 5000]
    assert not [value for value in refused if both_take(str(value))]


def test_another_provider_is_one_module(folder: Path) -> None:
    """Both readers take its name."""
    (folder.parent / "host/providers/incus.py").touch()
    assert settings.load({"COURSEBOX_PROVIDER": "incus"}, folder)["provider"] == "incus"
    assert in_ruby(folder, {"COURSEBOX_PROVIDER": "incus"}).returncode == 0


@pytest.mark.parametrize("name", providers.names())
def test_a_provider_offers_what_each_has_to(name: str) -> None:
    """Nothing else would say so before it is chosen."""
    offered = {key for key in vars(providers.Provider) if not key.startswith("_")}
    offered |= set(providers.Provider.__annotations__)
    assert not {key for key in offered if not hasattr(providers.load(name), key)}


def test_another_suite_is_one_entry(folder: Path) -> None:
    """Both readers take it, and name it to who wrote none."""
    known = json.loads((folder / "suites.json").read_text(encoding="utf-8"))
    known["sid"] = {**known["forky"], "title": "Debian unstable"}
    (folder / "suites.json").write_text(json.dumps(known), encoding="utf-8")
    assert settings.load({"COURSEBOX_SUITE": "sid"}, folder)["suite"] == "sid"
    assert in_ruby(folder, {"COURSEBOX_SUITE": "sid"}).returncode == 0
    with pytest.raises(HostError, match="Debian unstable"):
        settings.load({"COURSEBOX_SUITE": "sit"}, folder)
    assert "Debian unstable" in in_ruby(folder, {"COURSEBOX_SUITE": "sit"}).stderr


@pytest.mark.bad_input
def test_an_unknown_key_suggests_the_nearest(folder: Path) -> None:
    """A mistyped key fails with its name and the key that was meant."""
    (folder / "local.yml").write_text("memroy: 2048\n", encoding="utf-8")
    with pytest.raises(HostError, match=r"memroy.*memory"):
        settings.load({}, folder)
    assert "memroy" in in_ruby(folder, {}).stderr


@pytest.mark.bad_input
@pytest.mark.parametrize("line", ["suite", "  suite: noble", "- noble", 'suite: "noble', "a b: c"])
def test_a_line_of_another_form_is_named(folder: Path, line: str) -> None:
    """File and line number stand in the message."""
    (folder / "local.yml").write_text(f"# mine\n{line}\n", encoding="utf-8")
    with pytest.raises(HostError, match=r"local\.yml 第 2 行"):
        settings.load({}, folder)


@pytest.mark.bad_input
def test_two_ports_that_meet_are_named(folder: Path) -> None:
    """Seat 2's port for 8888 may not be seat 1's for 8000."""
    environ = {"COURSEBOX_SEATS": "2", "COURSEBOX_PORT_8000": "8889"}
    with pytest.raises(HostError, match=r"8889"):
        settings.load(environ, folder)


def test_the_vagrantfile_forwards_what_the_host_tool_reaches(folder: Path) -> None:
    """One list of the machines' ports for both."""
    script = f"{STUB}; require '{folder}/settings'; puts JSON.generate(Coursebox.ports)"
    shown = subprocess.run(["ruby", "-e", script], capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout) == settings.PORTS
    assert settings.PORTS == {"port_ssh": 22, "port_8888": 8888, "port_8000": 8000}


def flat(folder: Path, content: str | bytes) -> dict[str, str]:
    """Read a file of that content."""
    path = folder / "flat.yml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return settings.read_flat(path)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("012345", "012345"),
        ("1_000", "1_000"),
        ("2026-11-26", "2026-11-26"),
        ("12:30:45", "12:30:45"),
        *((word, word) for word in ("yes", "No", "true", "on", "null", "~", "1e3", "0x1F", ".inf")),
        ("{{ 7*7 }}", "{{ 7*7 }}"),
        ("{a: b}", "{a: b}"),
        ("[a, b]", "[a, b]"),
        ("&a *b !c %d @e `f | > ? -", "&a *b !c %d @e `f | > ? -"),
        ("a: b", "a: b"),
        ("a#b", "a#b"),
        ("a # b", "a"),
        ("# b", ""),
        ("'a # b' # c", "a # b"),
        ("'it''s'", "it's"),
        ("'a\\nb'", "a\\nb"),
        ('"say \\"a\\" \\\\ b"', 'say "a" \\ b'),
        ("$HOME `id` $(id)", "$HOME `id` $(id)"),
        ("密码 一", "密码 一"),
        ("\u2028\u0085x", "\u2028\u0085x"),
        ("😀", "😀"),
        ("", ""),
        ("''", ""),
    ],
)
def test_a_value_is_the_text_that_stands_there(folder: Path, written: str, value: str) -> None:
    """Whatever YAML, Ruby or Python would make of it."""
    assert flat(folder, f"key: {written}\r\n") == {"key": value}


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("seats: 1\nsuite: noble\nseats: 2\n", 3, "第 1 行"),
        ("seats: 1".encode("utf-16"), 1, "UTF-8"),
        ("seats: 1".encode("utf-16-be"), 1, "UTF-8"),
        ("# 中\nseats: 1".encode("gbk"), 1, "UTF-8"),
        ("a: 1\nb: 二".encode("gb18030"), 2, "UTF-8"),
        ("seats: 1\n\0\n", 2, "控制字符"),
        ("users_password: a\x1b[31m\n", 1, "控制字符"),
        ("seats: 1\rsuite: noble\r", 1, "控制字符"),
        ("seats：1\n", 1, "seats：1"),
        ("seats:1\n", 1, "seats:1"),
        ("seats = 1\n", 1, "seats = 1"),
        ("export seats: 1\n", 1, "export"),
        ("users_password: 'a\n", 1, "引号"),
        ("users_password: 'a'b\n", 1, "引号"),
        ('users_password: "a\\n"\n', 1, "引号"),
        ('users_password: "a"# b\n', 1, "引号"),
        ("users_password: |\n  abc\n", 2, "顶格"),
        ("<<<<<<< HEAD\n", 1, "<<<<<<<"),
        ("---\n...\n", 2, "..."),
        ("{seats: 1}\n", 1, "{seats"),
        ("\ufeff\ufeffseats: 1\n", 1, "看不懂"),
        ("x" * 100_000 + "\n", 1, "共 100000 个字符"),
    ],
)
def test_a_file_that_is_none_is_named_with_its_line(
    folder: Path, content: str | bytes, line: int, said: str
) -> None:
    """One line with file, number and what is wrong, in Python and in Ruby."""
    with pytest.raises(HostError, match=rf"flat\.yml 第 {line} 行") as caught:
        flat(folder, content)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 600


@pytest.mark.bad_input
def test_a_folder_in_its_place_is_named(folder: Path) -> None:
    """It is no file that one reads."""
    (folder / "local.yml").mkdir()
    with pytest.raises(HostError, match=r"读不了 .*local\.yml"):
        settings.load({}, folder)
    assert "local.yml" in in_ruby(folder, {}).stderr


@pytest.mark.bad_input
def test_an_environment_variable_of_other_bytes_is_refused(folder: Path) -> None:
    """GBK of a Chinese password would be another password on the seat."""
    with pytest.raises(HostError, match="users_password"):
        settings.load({"COURSEBOX_USERS_PASSWORD": os.fsdecode("密码".encode("gbk"))}, folder)


@pytest.mark.bad_input
def test_a_lower_case_variable_is_told(folder: Path) -> None:
    """It would count or not, by the order of the environment."""
    with pytest.raises(HostError, match="COURSEBOX_SUITE"):
        settings.load({"COURSEBOX_suite": "trixie"}, folder)


RANDOM = random.Random(12)  # the same files each time
PIECES = [
    *("seats", "suite", "users_password", "a", "_b9", "9a", "é", "键"),
    *(": ", ":", ":\t", "：", " ", "\t", "\r", "\n", "\n", "\n", "\0", "\v", "\f", "\x1c", "\x7f"),
    *("'", "''", '"', '\\"', "\\\\", "\\", "#", " # ", "---", "- ", "{{ x }}", "[", "&", "*", "!"),
    *(
        "012345",
        "yes",
        "~",
        "null",
        "1_000",
        "2026-11-26",
        "\u0085",
        "\u2028",
        "\u3000",
        "\xa0",
        "\ufeff",
    ),
    *("$(id)", "`id`", "密码", "😀", "|", ">", "%", "@", "<<: *a"),
]


def nasty() -> bytes:
    """A file as nobody writes it, half of them nearly right."""
    lines = "".join(RANDOM.choices(PIECES, k=RANDOM.randrange(12)))
    good = f"key: {lines}" if RANDOM.random() < 0.5 else lines
    whole = good.encode()
    if RANDOM.random() < 0.1:
        whole = whole[: RANDOM.randrange(len(whole) + 1)] + b"\xff"
    return whole


def said(path: Path) -> object:
    """What Python's reader makes of a file, or the line that it refuses."""
    try:
        return settings.read_flat(path)
    except HostError as error:
        return int(re.findall(r"第 (\d+) 行", str(error))[0])


def test_ruby_reads_what_python_reads(folder: Path, tmp_path: Path) -> None:
    """Two readers, one grammar: a thousand files, one result each, or the same line refused."""
    places = [tmp_path / f"{number}.txt" for number in range(1000)]
    for place in places:
        place.write_bytes(nasty())
    script = f"""{STUB}; require '{folder}/settings'
    puts JSON.generate(ARGF.each_line(chomp: true).map {{ |path|
      begin
        Coursebox.read(path)
      rescue Coursebox::SettingsError => e
        e.to_s[/第 (\\d+) 行/, 1].to_i
      end
    }})"""
    done = subprocess.run(
        ["ruby", "-Ku", "-e", script],
        input="".join(f"{place}\n" for place in places),
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )
    expected = [said(place) for place in places]
    assert json.loads(done.stdout) == expected
    assert 100 < sum(isinstance(made, dict) for made in expected) < 900


@pytest.mark.parametrize("text", ["suite: 'trixie'\n", "\ufeffseats: 3\r\n", ""])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_ruby_merges_what_python_merges(folder: Path, text: str, locale: str) -> None:
    """Defaults, file and environment, in any locale."""
    (folder / "local.yml").write_text(text, encoding="utf-8")
    environ = {"COURSEBOX_CPUS": "4", "COURSEBOX_USERS_PASSWORD": "密码 {{ 7*7 }} 012345"}
    result = in_ruby(folder, {**environ, "LC_ALL": locale})
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == settings.load(environ, folder)


# Texts that YAML would take for something else, and one that a template would.
TEXTS = ("012345", "yes", "1e5", "2026-11-26", "null", "0x1f", "1_000", "~", "")
PASSWORD = "{{ 7*7 }} 'x' \"y\" \\ # %z 012 密码 😀 \u2028\u0085\ufeff~"


@pytest.mark.parametrize("maker", ["Vagrantfile", "host tool"])
def test_roles_get_the_text_and_nobody_else_sees_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, maker: str
) -> None:
    """Ansible reads what the settings say, letter by letter, from a file of the user's own."""
    if maker == "host tool":
        monkeypatch.setattr(provision, "BUILD", tmp_path)
        # What an older run left readable.
        (tmp_path / "variables.yml").touch(0o644)
        more = {f"users_{number}": text for number, text in enumerate(TEXTS)}
        path = provision._variables({"users_password": PASSWORD, "seats": "1", **more})
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    else:
        path = tmp_path / "made.yml"
        script = f"""{STUB}; require '{folder}/settings'
        more = {json.dumps(TEXTS)}.each_with_index.to_h {{ |text, number| ["users_#{{number}}", text] }}
        password = ENV["COURSEBOX_USERS_PASSWORD"].dup.force_encoding("UTF-8")
        made = Coursebox.variables({{ "users_password" => password, **more }})
        raise "others may read it" unless File.stat(made).mode & 0o77 == 0
        File.write('{path}', File.read(made))"""
        subprocess.run(
            ["ruby", "-e", script],
            check=True,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "COURSEBOX_USERS_PASSWORD": PASSWORD},
        )
    shown = tmp_path / "shown.json"
    wanted = f"[users_password, {', '.join(f'users_{number}' for number in range(len(TEXTS)))}]"
    play = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [{"copy": {"content": f"{{{{ {wanted} | to_json }}}}", "dest": str(shown)}}],
        }
    ]
    (tmp_path / "play.yml").write_text(json.dumps(play), encoding="utf-8")
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local"]
    done = subprocess.run(
        [*command, "-e", f"@{path}", str(tmp_path / "play.yml")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(shown.read_text(encoding="utf-8")) == [PASSWORD, *TEXTS]
