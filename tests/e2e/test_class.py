"""A class of three seats: one as it should be, one with a hostile home, one that is off; no verb is stopped by any.

Nor by one that hangs, or whose disk is full.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator

import pytest
import yaml

from host.paths import ROOT
from tests.machine import expected
from tests.support import labfiles
from tests.support.classroom import Class, golden_machines, hosts
from tests.support.machine import BIN, Machine, host_tool
from tests.support.processes import kill, wait_until

SUITE = "trixie"
GOOD, HOSTILE, OFF = "class-good", "class-hostile", "class-off"
NUMBERS = {GOOD: "20260101", HOSTILE: "20260102", OFF: "20260103"}
NAME = "<b>丙</b> {{ 7 * 7 }}"
ROSTER = (
    "学号,姓名,班级,座位,公钥\r\n"
    f"20260101,甲,一班,{GOOD},{{key}}\r\n"
    f"20260102,{NAME},一班,{HOSTILE},\r\n"
    f"20260103,乙,一班,{OFF},\r\n"
)
EXERCISE = "5.3.2"


def student_key(course_class: Class) -> pathlib.Path:
    """The private key whose public half stands in the roster."""
    return course_class.folder.parent / "student"


@pytest.fixture(scope="module")
def course_class(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """Three seats from a golden image, and a roster as a spreadsheet in China saves it."""
    place = tmp_path_factory.mktemp("class")
    folder = place / "klasse"
    folder.mkdir()
    key = place / "student"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    text = ROSTER.replace("{key}", key.with_suffix(".pub").read_text("utf-8").strip())
    (folder / "roster.csv").write_bytes(text.encode("gb18030"))
    machines = golden_machines([GOOD, HOSTILE, OFF], SUITE)
    (folder / "hosts.yml").write_text(hosts(machines))
    machines[OFF].cut_power()
    yield Class(folder, SUITE, machines)
    for machine in machines.values():
        machine.destroy()


@pytest.fixture(scope="module")
def provisioned(course_class: Class) -> subprocess.CompletedProcess[str]:
    """How the first provisioning went."""
    return course_class.make("provision")


@pytest.fixture(scope="module")
def worked(course_class: Class, provisioned: object) -> None:
    """What the students did: one solves an exercise and forges another, one lays traps."""
    solution = labfiles.exercise(EXERCISE).solution
    good = course_class.machines[GOOD]
    program = (solution / "upper.py").read_text("utf-8")
    good.student(f"cat > labs/{EXERCISE}/work/upper.py <<'END'\n{program}END\n")
    good.student(f"lab check {EXERCISE} && lab start 2.2.5; lab check 2.2.5 || test $? = 1")
    good.student('sed -i \'s/"failed"/"passed"/\' .local/state/coursebox/progress.json')
    hostile = course_class.machines[HOSTILE]
    hostile.student(
        "cd labs && ln -s /etc/shadow shadow && ln -s / all && mkfifo pipe && truncate -s 10G huge"
        " && touch \"$(printf 'a\\nb')\" \"$(printf '\\377')\" -- -rf && mkdir '../labs/$(reboot)'"
        f" && rm -rf {EXERCISE} && ln -s /etc {EXERCISE}"
    )
    hostile.run("mknod /home/tarena/labs/disk b 8 0")
    hostile.student("mkdir -p .local/state/coursebox; echo '{\"labs\"' > .local/state/coursebox/x")


def test_mirrors_say_who_answers(course_class: Class, provisioned: object) -> None:
    """Asked from each seat, before anything is installed from them; the one that is off is named."""
    chosen = course_class.folder / "group_vars/all.yml"
    chosen.parent.mkdir(exist_ok=True)
    chosen.write_text("packages_security_mirror: http://127.0.0.1:9/nothing\n")
    try:
        told = course_class.make("mirrors")
    finally:
        chosen.unlink()
    assert told.returncode == 2, told
    lines = told.stdout.splitlines()
    archive = next(line for line in lines if line.startswith("软件包"))
    assert "InRelease  2/2 个座位" in archive
    assert any(line.startswith("pip") and "2/2 个座位" in line for line in lines), told.stdout
    refused = next(line for line in lines if line.startswith("安全更新"))
    assert "http://127.0.0.1:9/nothing/dists/trixie-security/InRelease  0/2 个座位" in refused
    assert any(GOOD in line and "不回答" in line for line in lines)
    assert OFF in told.stdout


def test_a_seat_that_is_off_stops_no_other(
    course_class: Class, provisioned: subprocess.CompletedProcess[str]
) -> None:
    """It stands in the report with its reason."""
    assert provisioned.returncode != 0
    assert "2 个座位完成" in provisioned.stdout
    assert re.search(rf"{OFF}：连不上", provisioned.stdout)


@pytest.mark.parametrize("seat", [GOOD, HOSTILE])
def test_seat_is_its_students(course_class: Class, provisioned: object, seat: str) -> None:
    """Host name, owner, and a password of its own that is nowhere but hashed."""
    machine = course_class.machines[seat]
    assert machine.out("hostname") == seat
    assert machine.out("cat /etc/coursebox/owner") == NUMBERS[seat]
    password = passwords(course_class)[NUMBERS[seat]]
    hashed = machine.out(f"getent shadow {expected.USER}").split(":")[1]
    assert hashed.startswith("$")
    crypt = ["perl", "-e", "$_ = <STDIN>; print crypt($_, $ARGV[0])", hashed]
    checked = subprocess.run(crypt, input=password, capture_output=True, text=True, check=True)
    assert checked.stdout == hashed
    assert machine.run("grep -rlF -f - /etc /var/log /home", stdin=password).stdout == ""


def passwords(course_class: Class) -> dict[str, str]:
    """The class's passwords, opened with ansible-vault as the docs say."""
    vault = course_class.folder / "passwords.vault"
    assert "ANSIBLE_VAULT" in vault.read_text("utf-8")
    key = course_class.folder.parent / "vault-password"
    command = [str(BIN / "ansible-vault"), "view", f"--vault-password-file={key}", str(vault)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    known: dict[str, str] = yaml.safe_load(shown)
    return known


def test_passwords_differ(course_class: Class, provisioned: object) -> None:
    """No two students share one."""
    known = passwords(course_class)
    assert set(known) == set(NUMBERS.values())
    assert len(set(known.values())) == len(known)


def test_own_key_lets_the_student_in(course_class: Class, provisioned: object) -> None:
    """The one in the roster."""
    machine = course_class.machines[GOOD]
    key = (f"IdentityFile={student_key(course_class)}", "IdentityAgent=none")
    login = machine.login("id -un", *key, f"User={expected.USER}")
    done = subprocess.run(login, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == expected.USER, done.stderr
    assert student_key(course_class).with_suffix(".pub").read_text().split()[1] in machine.out(
        f"cat /home/{expected.USER}/.ssh/authorized_keys"
    )


def test_slips_tell_each_student(course_class: Class, provisioned: object) -> None:
    """Escaped, for the instructor alone."""
    assert course_class.make("slips").returncode == 0
    page = course_class.collected / "slips.html"
    text = page.read_text("utf-8")
    assert page.stat().st_mode & 0o077 == 0
    assert "&lt;b&gt;丙&lt;/b&gt; {{ 7 * 7 }}" in text
    assert all(password in text for password in passwords(course_class).values())


def test_second_provisioning_changes_nothing(course_class: Class, provisioned: object) -> None:
    """Whatever stands in the homes."""
    again = course_class.make("provision")
    assert "2 个座位完成（0 个有变化），1 个没有完成" in again.stdout


def test_collect_brings_every_byte(course_class: Class, worked: None) -> None:
    """Of what is a student's own; links, devices and huge files are named and left."""
    collected = course_class.make("collect")
    assert re.search(rf"{OFF}：连不上", collected.stdout), collected.stdout + collected.stderr
    (good,) = course_class.archives(NUMBERS[GOOD])
    with tarfile.open(good) as archive:
        member = archive.extractfile(f"labs/{EXERCISE}/work/upper.py")
        assert member
        there = course_class.machines[GOOD].student(f"cat labs/{EXERCISE}/work/upper.py")
        assert member.read().decode().strip() == there
    (hostile,) = course_class.archives(NUMBERS[HOSTILE])
    with tarfile.open(hostile) as archive:
        names = archive.getnames()
        assert all(entry.isreg() for entry in archive)
    assert "labs/a\nb" in names
    latest = json.loads((hostile.parent / "latest.json").read_text())
    left = {name for name, _ in latest["left_out"]}
    assert {"labs/shadow", "labs/all", "labs/pipe", "labs/huge", "labs/disk"} <= left
    assert hostile.stat().st_size < 10**6
    assert not course_class.archives(NUMBERS[OFF])


def test_collect_again_keeps_what_was_collected(course_class: Class, worked: None) -> None:
    """Unchanged work is not fetched again, changed work is laid beside it."""
    before = course_class.archives(NUMBERS[GOOD])
    course_class.make("collect", LIMIT=GOOD)
    assert course_class.archives(NUMBERS[GOOD]) == before
    course_class.machines[GOOD].student("echo more > labs/note.txt")
    assert course_class.make("collect", LIMIT=GOOD).returncode == 0
    after = course_class.archives(NUMBERS[GOOD])
    assert set(before) < set(after)


def test_report_shows_the_class(course_class: Class, worked: None) -> None:
    """Each student's states, and the reason where a seat is silent."""
    assert course_class.make("report").returncode != 0
    board = course_class.board()
    assert board[GOOD][EXERCISE] == "已通过"
    assert board[HOSTILE]["座位的问题"] == ""
    assert "连不上" in board[OFF]["座位的问题"]
    text = (course_class.collected / "board.html").read_text("utf-8")
    assert "<b>丙</b>" not in text
    assert "{{ 7 * 7 }}" in text
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import""", text), "the page loads something"


def test_watched_board_follows_the_lesson(course_class: Class, worked: None) -> None:
    """What a student does stands there a moment later, and the page looks again by itself; ctrl-c ends it."""
    watching = course_class.classroom("watch-class", "--every", "1", "--limit", GOOD)
    try:
        page = course_class.collected / "board.html"
        fresh = 'http-equiv="refresh" content="1"'
        wait_until(lambda: fresh in page.read_text("utf-8"), watching, seconds=120)
        assert course_class.board()[GOOD]["1.2"] == "未开始"
        course_class.machines[GOOD].student("lab start 1.2; lab check 1.2; test $? = 1")
        wait_until(lambda: course_class.board()[GOOD]["1.2"] == "未通过", watching, seconds=120)
        assert course_class.board()[GOOD]["卡在"] == "1.2"
        assert course_class.board()[GOOD]["未通过的原因"]
    finally:
        os.killpg(watching.pid, signal.SIGINT)
    assert watching.wait(60) == 0


def test_forged_progress_does_not_count(course_class: Class, worked: None) -> None:
    """A fresh seat decides."""
    assert course_class.board()[GOOD]["2.2.5"] == "已通过", "the forgery is not there"
    done = course_class.make("regrade")
    assert done.returncode == 0, done.stdout + done.stderr
    row = course_class.board("regrade")[GOOD]
    assert row[EXERCISE] == "已通过"
    assert row["2.2.5"] == "未通过"
    assert "2.2.5" in row["备注"]


def test_reset_archives_first(course_class: Class, worked: None) -> None:
    """On the seat and here; then the starter is there again."""
    machine = course_class.machines[GOOD]
    own = machine.student(f"cat labs/{EXERCISE}/work/upper.py")
    assert course_class.make("reset", LIMIT=GOOD, LAB=EXERCISE).returncode == 0
    starter = (ROOT / f"labfiles/5/{EXERCISE}/starter/upper.py").read_text("utf-8").strip()
    assert machine.student(f"cat labs/{EXERCISE}/work/upper.py") == starter
    kept = machine.student(f"tar -xzOf labs/archive/{EXERCISE}-*.tar.gz {EXERCISE}/work/upper.py")
    assert kept == own


def test_reset_refuses_what_is_no_folder(course_class: Class, worked: None) -> None:
    """A link in the place of ~/labs: told, and followed by nobody."""
    machine = course_class.machines[GOOD]
    machine.student("mv labs real && ln -s /etc labs")
    try:
        done = course_class.make("reset", LIMIT=GOOD)
    finally:
        machine.student("rm labs && mv real labs")
    assert re.search(rf"{GOOD}：没有做完：.*labs 不是文件夹", done.stdout), done.stdout


def test_limit_that_names_no_seat_is_told(course_class: Class) -> None:
    """With the names that there are."""
    done = course_class.make("report", LIMIT="nobody")
    assert done.returncode != 0
    assert "“nobody” 不在名单里" in done.stderr
    assert f"名单里的座位：{GOOD}" in done.stderr


def test_collection_that_was_killed_goes_on(course_class: Class, worked: None) -> None:
    """Killed while the seat packs; the next one brings all of it."""
    machine = course_class.machines[GOOD]
    machine.student("head -c 6M /dev/urandom > labs/large.bin")
    running = course_class.classroom("collect", "--limit", GOOD)
    machine.wait_until("ls /run/coursebox-collect.*/* 2>/dev/null")
    kill(running)
    assert course_class.make("collect", LIMIT=GOOD).returncode == 0
    newest = course_class.archives(NUMBERS[GOOD])[-1]
    with tarfile.open(newest) as archive:
        member = archive.extractfile("labs/large.bin")
        assert member
        digest = hashlib.sha256(member.read()).hexdigest()
    assert digest == machine.out("sha256sum < /home/tarena/labs/large.bin").split()[0]
    latest = json.loads((newest.parent / "latest.json").read_text())
    assert latest["sha256"] == hashlib.sha256(newest.read_bytes()).hexdigest()
    assert not list(newest.parent.glob(".*"))
    machine.student("rm labs/large.bin")


def test_seat_that_sends_too_much_is_cut_off(course_class: Class, worked: None) -> None:
    """Its student is root there and may send what he likes; the instructor's disk takes a limit of it and keeps none."""
    machine = course_class.machines[HOSTILE]
    fat = '#!/bin/sh\\n/bin/chown "$@" && truncate -s 300M "$2"\\n'
    machine.out(f"printf '{fat}' > /usr/local/sbin/chown && chmod +x /usr/local/sbin/chown")
    before = course_class.archives(NUMBERS[HOSTILE])
    try:
        done = course_class.make("collect", LIMIT=HOSTILE)
    finally:
        machine.out("rm /usr/local/sbin/chown")
    assert re.search(rf"{HOSTILE}：没有做完：取回来的内容不对", done.stdout), done.stdout
    assert course_class.archives(NUMBERS[HOSTILE]) == before
    assert not list((course_class.collected / "work" / NUMBERS[HOSTILE]).glob(".*"))


def test_seat_of_another_student_is_left_alone(course_class: Class, worked: None) -> None:
    """No work is counted for a neighbour, and nobody is given a neighbour's home."""
    path = course_class.folder / "roster.csv"
    good = path.read_bytes()
    path.write_bytes(good.replace(NUMBERS[GOOD].encode(), b"20260199"))
    try:
        done = {
            verb: course_class.make(verb, LIMIT=GOOD) for verb in ("provision", "collect", "report")
        }
        silent = course_class.board()[GOOD]["座位的问题"]
    finally:
        path.write_bytes(good)
    for verb, told in done.items():
        assert f"座位上是学号 {NUMBERS[GOOD]}" in told.stdout, (verb, told)
    assert f"座位上是学号 {NUMBERS[GOOD]}" in silent
    assert not course_class.archives("20260199")
    assert course_class.machines[GOOD].out("cat /etc/coursebox/owner") == NUMBERS[GOOD]


@pytest.fixture
def full(course_class: Class, worked: None) -> Iterator[Machine]:
    """The good seat with a disk for homes that holds what is there and not a byte more."""
    machine = course_class.machines[GOOD]
    machine.out(
        "mkdir /run/full && mount -t tmpfs -o size=64m,mode=0755 tmpfs /run/full"
        " && cp -a /home/. /run/full/ && mount --bind /run/full /home"
        " && ! dd if=/dev/zero of=/home/filler bs=4k 2>&1"
    )
    yield machine
    machine.out("umount --lazy /home && umount --lazy /run/full && rmdir /run/full")


def test_full_seat_stands_there_with_its_reason(course_class: Class, full: Machine) -> None:
    """What only reads goes on; what would write is refused, and the work is whole."""
    full.out("rm /etc/profile.d/coursebox.sh")
    provisioned = course_class.make("provision")
    assert provisioned.returncode != 0
    assert re.search(rf"{GOOD}：没有做完：座位的 /home 只剩 0 MB", provisioned.stdout), provisioned
    assert "1 个座位完成（0 个有变化）" in provisioned.stdout
    own = full.student(f"cat labs/{EXERCISE}/work/upper.py")
    assert course_class.make("collect", LIMIT=GOOD).returncode == 0
    assert course_class.make("report", LIMIT=GOOD).returncode == 0
    assert course_class.board()[GOOD]["座位的问题"] == ""
    reset = course_class.make("reset", LIMIT=GOOD, LAB=EXERCISE)
    assert reset.returncode != 0
    assert re.search(rf"{GOOD}：没有做完：.*存不了档.*No space left", reset.stdout), reset.stdout
    assert full.student(f"cat labs/{EXERCISE}/work/upper.py") == own


def test_reset_refuses_an_unknown_lab(course_class: Class) -> None:
    """Before anything runs."""
    done = course_class.make("reset", LAB="5.3.9")
    assert done.returncode != 0
    assert "没有实验 5.3.9" in done.stderr


def test_hung_seat_is_given_up(course_class: Class, worked: None) -> None:
    """It answers no login any more, and is told like one that is off."""
    container = host_tool("seat", "show", HOSTILE)
    name = json.loads(container)["container"]
    subprocess.run(["docker", "pause", name], check=True, capture_output=True)
    began = time.monotonic()
    try:
        done = course_class.make("report")
    finally:
        subprocess.run(["docker", "unpause", name], check=True, capture_output=True)
    assert time.monotonic() - began < 90
    assert re.search(rf"{HOSTILE}：(连不上|没有做完)", done.stdout), done.stdout
    assert course_class.board()[GOOD][EXERCISE] == "已通过"


def test_broken_roster_stops_before_anything(course_class: Class) -> None:
    """By line and column."""
    path = course_class.folder / "roster.csv"
    good = path.read_bytes()
    path.write_bytes(good + f"20260101,丁,一班,{OFF},\r\n".encode("gb18030"))
    try:
        done = course_class.make("provision")
    finally:
        path.write_bytes(good)
    assert done.returncode != 0
    assert "第 5 行第 1 列" in done.stderr
    assert "第 5 行第 4 列" in done.stderr


def test_remove_archives_the_home(course_class: Class, worked: None) -> None:
    """Last, for it takes the student away: account, key and password."""
    machine = course_class.machines[HOSTILE]
    machine.student("echo mine > ~/letter.txt")
    done = course_class.make("remove", LIMIT=HOSTILE, YES="1")
    assert done.returncode == 0, done.stdout + done.stderr
    archive = re.search(r"/var/lib/coursebox/removed/\S+\.tar\.gz", done.stdout)
    assert archive
    assert machine.out(f"tar -xzOf {archive[0]} ./letter.txt") == "mine"
    assert machine.run(f"id {expected.USER}").returncode != 0
    assert machine.run(f"test -e /home/{expected.USER}").returncode != 0
    assert NUMBERS[HOSTILE] not in passwords(course_class)


def test_removal_that_was_cut_off_goes_on(course_class: Class, worked: None) -> None:
    """The archive of the first run stays the one; the next run takes the rest away and tells where it is."""
    machine = course_class.machines[GOOD]
    machine.student("echo mine > ~/letter.txt")
    machine.out(
        "printf '#!/bin/sh\\nexit 1\\n' > /usr/local/sbin/userdel && chmod +x /usr/local/sbin/userdel"
    )
    assert course_class.make("remove", LIMIT=GOOD, YES="1").returncode != 0
    machine.out("rm /usr/local/sbin/userdel")
    assert machine.run(f"id {expected.USER}").returncode == 0
    (archive,) = machine.out(f"ls /var/lib/coursebox/removed/{NUMBERS[GOOD]}@*").split()
    for _ in range(2):
        done = course_class.make("remove", LIMIT=GOOD, YES="1")
        assert done.returncode == 0, done.stdout + done.stderr
        assert archive in done.stdout
    assert machine.run(f"id {expected.USER}").returncode != 0
    assert machine.out(f"ls /var/lib/coursebox/removed/{NUMBERS[GOOD]}@*").split() == [archive]
    assert machine.out(f"tar -xzOf {archive} ./letter.txt") == "mine"


def test_remove_wants_a_seat(course_class: Class) -> None:
    """Nobody removes a class by a slip of the hand."""
    done = course_class.make("remove")
    assert done.returncode != 0
    assert "LIMIT=" in done.stderr
