"""`lab sync` updates working copies, and never costs a student a line of work: whatever was changed, linked or killed."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import pytest

from host.paths import ROOT
from tests.support.lab_course import Course

# Runs a sync in which the Nth call that changes the disk ends the process, or fails.
DRIVER = """
import errno, os, sys
countdown, how = int(sys.argv[1]), sys.argv[2]
def guard(name):
    real = getattr(os, name)
    def call(*arguments, **options):
        global countdown
        if name != "open" or arguments[1] & (os.O_WRONLY | os.O_RDWR):
            countdown -= 1
            if countdown == 0 and how == "kill":
                os._exit(137)
            if countdown <= 0 and how in errno.__dict__:
                raise OSError(getattr(errno, how), os.strerror(getattr(errno, how)))
        return real(*arguments, **options)
    setattr(os, name, call)
for name in ("open", "mkdir", "link", "rename", "unlink", "rmdir", "fchmod", "fsync"):
    guard(name)
from lab.cli import main
code = main(["sync", "--json"])
sys.exit(code if countdown <= 0 else 99)
"""


@pytest.fixture
def course(tmp_path: pathlib.Path) -> Course:
    """Two labs with examples, one of them with a picture in a folder, and one with a guide alone."""
    course = Course(tmp_path)
    course.lab("2.1")
    course.lab("4.1", one="print(1)\n", two="print(2)\n")
    static = course.lab("7.3", one="print(7)\n") / "examples/static"
    static.mkdir()
    (static / "picture.jpg").write_bytes(b"\xff\xd8\x00")
    return course


def tree(folder: pathlib.Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def wanted(course: Course) -> dict[str, bytes]:
    """What `~/labs` holds when nobody has touched it."""
    found = {}
    for name, content in tree(course.labfiles).items():
        _, _, rest = name.partition("/")
        if "/examples/" in rest:
            found[rest] = content
    return found


def driven(course: Course, count: int, how: str) -> subprocess.CompletedProcess[str]:
    """One sync that meets its fate at the Nth change."""
    return subprocess.run(
        [sys.executable, "-c", DRIVER, str(count), how],
        env=course.environ(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_first_sync_lays_everything(course: Course) -> None:
    """Also a folder for a lab without examples."""
    report = course.sync()
    assert report == {
        "schema": 2,
        "changed": True,
        "added": 4,
        "updated": 0,
        "modified": [],
        "new_versions": [],
        "deleted": [],
        "skipped": [],
    }
    assert tree(course.labs) == wanted(course)
    assert sorted(path.name for path in course.labs.iterdir()) == ["2.1", "4.1", "7.3"]


def test_second_sync_changes_nothing(course: Course) -> None:
    """Neither a file nor a time stamp."""
    course.sync()
    before = {path: path.stat().st_mtime_ns for path in course.home.rglob("*")}
    report = course.sync()
    assert (report["changed"], report["added"]) == (False, 0)
    assert {path: path.stat().st_mtime_ns for path in course.home.rglob("*")} == before


def test_programs_keep_their_modes(course: Course) -> None:
    """An executable stays one, anything else is 0644 whatever the umask was."""
    course.example("4.1").chmod(0o755)
    course.example("4.1", "two").chmod(0o600)
    course.sync()
    assert course.copy("4.1").stat().st_mode & 0o777 == 0o755
    assert course.copy("4.1", "two").stat().st_mode & 0o777 == 0o644


def test_untouched_copy_is_updated(course: Course) -> None:
    """With the mode that the student gave it."""
    course.sync()
    course.copy("4.1").chmod(0o700)
    course.example("4.1").write_text("print('新')\n", "utf-8")
    report = course.sync()
    assert (report["updated"], report["added"], report["modified"]) == (1, 0, [])
    assert course.copy("4.1").read_text("utf-8") == "print('新')\n"
    assert course.copy("4.1").stat().st_mode & 0o700 == 0o700
    assert not course.sync()["changed"]


def test_changed_copy_is_kept_silently_while_nothing_is_new(course: Course) -> None:
    """There is nothing to offer."""
    course.sync()
    course.copy("4.1").write_text("我的\n", "utf-8")
    report = course.sync()
    assert (report["changed"], report["modified"]) == (False, [])
    assert course.copy("4.1").read_text("utf-8") == "我的\n"


def test_new_version_is_laid_beside_a_changed_copy(course: Course) -> None:
    """Once, and `lab` says so."""
    course.sync()
    course.copy("4.1").write_text("我的\n", "utf-8")
    course.example("4.1").write_text("新的\n", "utf-8")
    report = course.sync()
    assert report["modified"] == ["4.1/examples/one.py"]
    assert report["new_versions"] == ["4.1/examples/one.py.new"]
    before = tree(course.labs)
    assert before["4.1/examples/one.py"] == "我的\n".encode()
    assert before["4.1/examples/one.py.new"] == "新的\n".encode()
    again = course.sync()
    assert (again["changed"], again["modified"]) == (False, ["4.1/examples/one.py"])
    assert tree(course.labs) == before
    assert "~/labs/4.1/examples/one.py.new" in course.run().stdout


def test_own_last_version_beside_is_replaced(course: Course) -> None:
    """Else each release would leave one more file."""
    course.sync()
    course.copy("4.1").write_text("我的\n", "utf-8")
    for version in ("二\n", "三\n"):
        course.example("4.1").write_text(version, "utf-8")
        course.sync()
    beside = sorted(course.copy("4.1").parent.glob("one.py.*"))
    assert [(path.name, path.read_text("utf-8")) for path in beside] == [("one.py.new", "三\n")]


def test_students_own_new_file_is_not_overwritten(course: Course) -> None:
    """Also when our own version beside was edited."""
    course.sync()
    course.copy("4.1").write_text("我的\n", "utf-8")
    own = course.copy("4.1").with_name("one.py.new")
    own.write_text("也是我的\n", "utf-8")
    course.example("4.1").write_text("新的\n", "utf-8")
    assert course.sync()["new_versions"] == ["4.1/examples/one.py.new2"]
    course.copy("4.1").with_name("one.py.new2").write_text("改了\n", "utf-8")
    course.example("4.1").write_text("更新的\n", "utf-8")
    assert course.sync()["new_versions"] == ["4.1/examples/one.py.new3"]
    assert own.read_text("utf-8") == "也是我的\n"
    assert course.copy("4.1").with_name("one.py.new2").read_text("utf-8") == "改了\n"


def test_taken_over_version_is_ours_again(course: Course) -> None:
    """`mv one.py.new one.py` ends the matter, and the next version is an update."""
    course.sync()
    course.copy("4.1").write_text("我的\n", "utf-8")
    course.example("4.1").write_text("新的\n", "utf-8")
    course.sync()
    course.copy("4.1").with_name("one.py.new").rename(course.copy("4.1"))
    assert course.sync()["modified"] == []
    assert not course.sync()["changed"]
    course.example("4.1").write_text("更新的\n", "utf-8")
    assert course.sync()["updated"] == 1
    assert "新版本" not in course.run().stdout


def test_deleted_version_beside_does_not_come_back(course: Course) -> None:
    """Who has read it may throw it away."""
    course.sync()
    course.copy("4.1").write_text("我的\n", "utf-8")
    course.example("4.1").write_text("新的\n", "utf-8")
    course.sync()
    course.copy("4.1").with_name("one.py.new").unlink()
    assert not course.sync()["changed"]
    assert "新版本" not in course.run().stdout


def test_file_of_the_students_with_a_new_examples_name(course: Course) -> None:
    """It was there first."""
    course.sync()
    course.copy("4.1", "three").write_text("我先写的\n", "utf-8")
    course.example("4.1", "three").write_text("后来的\n", "utf-8")
    assert course.sync()["new_versions"] == ["4.1/examples/three.py.new"]
    assert course.copy("4.1", "three").read_text("utf-8") == "我先写的\n"


@pytest.mark.parametrize("gone", ["4.1/examples/one.py", "4.1/examples", "4.1"])
def test_deleted_copy_is_offered_not_forced_back(course: Course, gone: str) -> None:
    """A file, a folder, a whole lab; also when a new version comes."""
    course.sync()
    path = course.labs / gone
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    course.example("4.1").write_text("新的\n", "utf-8")
    report = course.sync()
    assert "4.1/examples/one.py" in report["deleted"]
    assert not path.exists()
    assert not course.sync()["changed"]
    assert course.run("run", "4.1", "two").stdout == "2\n"
    assert course.sync("--restore")["deleted"] == []
    assert tree(course.labs) == wanted(course)


def test_everything_deleted_begins_anew(course: Course) -> None:
    """Who removes all of `~/labs` gets it back."""
    course.sync()
    shutil.rmtree(course.labs)
    course.sync()
    assert tree(course.labs) == wanted(course)


def test_withdrawn_example_stays(course: Course) -> None:
    """Nothing in a student's folder is ever deleted."""
    course.sync()
    course.example("4.1", "two").unlink()
    course.sync()
    assert course.copy("4.1", "two").exists()


@pytest.mark.parametrize("place", ["4.1", "4.1/examples", "7.3/examples/static"])
@pytest.mark.parametrize("kind", ["link", "file"])
def test_folder_that_is_none_is_left_alone(course: Course, place: str, kind: str) -> None:
    """Where a link leads nothing is written; the rest is done."""
    elsewhere = course.home.parent / "elsewhere"
    elsewhere.mkdir()
    path = course.labs / place
    path.parent.mkdir(parents=True)
    if kind == "link":
        path.symlink_to(elsewhere)
    else:
        path.write_text("文件\n", "utf-8")
    done = course.run("sync", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert len(report["skipped"]) == 1
    assert f"~/labs/{place} " in report["skipped"][0]
    assert report["skipped"][0] in done.stderr
    assert not list(elsewhere.iterdir())
    rest = {name for name in wanted(course) if not name.startswith(f"{place}/")}
    assert rest <= tree(course.labs).keys()
    assert path.is_symlink() == (kind == "link")
    assert course.run("sync", "--check").returncode == 0


@pytest.mark.parametrize("kind", ["link", "file"])
def test_labs_that_is_no_folder_is_refused(course: Course, kind: str) -> None:
    """Nothing at all can be laid, so this is a failure."""
    elsewhere = course.home.parent / "elsewhere"
    elsewhere.mkdir()
    if kind == "link":
        course.labs.symlink_to(elsewhere)
    else:
        course.labs.write_text("", "utf-8")
    done = course.run("sync")
    assert (done.returncode, "~/labs 是" in done.stderr or "~/labs 应该" in done.stderr) == (
        1,
        True,
    )
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize("target", ["file", "nowhere", "pristine"])
def test_copy_that_is_a_link_is_not_followed(course: Course, target: str) -> None:
    """Neither read as ours nor written through."""
    course.sync()
    elsewhere = course.home.parent / "elsewhere.py"
    if target == "file":
        elsewhere.write_text("print(1)\n", "utf-8")
    pointed = course.example("4.1") if target == "pristine" else elsewhere
    course.copy("4.1").unlink()
    course.copy("4.1").symlink_to(pointed)
    new = course.example("4.1").with_suffix(".tmp")
    new.write_text("新的\n", "utf-8")
    new.rename(course.example("4.1"))
    assert course.sync()["new_versions"] == ["4.1/examples/one.py.new"]
    assert course.copy("4.1").is_symlink()
    if target == "file":
        assert elsewhere.read_text("utf-8") == "print(1)\n"
    assert elsewhere.exists() == (target == "file")


def test_link_as_folder_for_unfinished_files(course: Course) -> None:
    """The one folder of our own is not followed either."""
    elsewhere = course.home.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.part").write_text("别人的\n", "utf-8")
    course.labs.mkdir()
    (course.labs / ".lab-sync").symlink_to(elsewhere)
    done = course.run("sync")
    assert done.returncode == 1
    assert ".lab-sync" in done.stderr
    assert [path.name for path in elsewhere.iterdir()] == ["x.part"]


def test_pipe_in_place_of_a_copy_does_not_hang(course: Course) -> None:
    """Reading it would wait for a writer for ever."""
    course.sync()
    course.copy("4.1").unlink()
    os.mkfifo(course.copy("4.1"))
    assert not course.sync()["changed"]


def edited(course: Course) -> None:
    """A student's work, and a release that changes everything."""
    course.sync()
    course.copy("4.1").write_text("我的\n", "utf-8")
    course.example("4.1").write_text("第二版\n", "utf-8")
    course.example("4.1", "two").write_text("第二版\n", "utf-8")
    course.example("7.3").write_text("第二版\n", "utf-8")
    course.lab("5.1", one="第二版\n")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill", "ENOSPC"])
def test_survives_at_every_step(course: Course, how: str) -> None:
    """Killed, or out of disk, at each change in turn: nothing is lost, nothing of ours counts as the student's."""
    edited(course)
    start = course.home.parent / "start"
    shutil.copytree(course.home, start)
    pristine = course.home.parent / "pristine"
    shutil.copytree(course.labfiles, pristine)
    count = 0
    while True:
        count += 1
        for folder, source in ((course.home, start), (course.labfiles, pristine)):
            shutil.rmtree(folder)
            shutil.copytree(source, folder)
        done = driven(course, count, how)
        if done.returncode == 99:
            break
        if how != "kill":
            assert done.returncode == (1 if done.stderr else 0)
            assert "Traceback" not in done.stderr
        assert course.copy("4.1").read_text("utf-8") == "我的\n"
        # Another release comes before the next sync.
        course.example("7.3").write_text("第三版\n", "utf-8")
        course.sync()
        final = tree(course.labs)
        assert final.pop("4.1/examples/one.py").decode() == "我的\n"
        assert final.pop("4.1/examples/one.py.new").decode() == "第二版\n"
        expected = wanted(course)
        del expected["4.1/examples/one.py"]
        assert final == expected
        assert not course.sync()["changed"]
    assert count > 20


def test_leftovers_of_a_killed_run_go_away(course: Course) -> None:
    """Also when there is nothing else to do."""
    course.sync()
    unfinished = course.labs / ".lab-sync"
    unfinished.mkdir()
    (unfinished / "0123.part").write_text("x", "utf-8")
    assert not course.sync()["changed"]
    assert not unfinished.exists()


class Student:
    """One who is not root, so that permissions count, in a home that is theirs."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.user = os.geteuid() or 65534
        self.folder = folder
        self.course = Course(folder)
        self.course.lab("4.1", one="print(1)\n")
        self.course.lab("7.3", one="print(7)\n")
        shutil.copytree(ROOT / "lab", folder / "lab")
        if os.geteuid() == 0:
            folder.chmod(0o755)
            os.chown(self.course.home, self.user, self.user)

    def __call__(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the home."""
        return subprocess.run(
            command,
            user=self.user if os.geteuid() == 0 else None,
            env=self.course.environ(PYTHONPATH=str(self.folder)),
            cwd=self.course.home,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture
def student() -> Iterator[Student]:
    """In a folder that everybody may enter, other than pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        yield Student(pathlib.Path(name))


@pytest.mark.parametrize("place", ["labs/4.1/examples", "labs/4.1"])
@pytest.mark.parametrize("mode", ["555", "000"])
def test_folder_that_cannot_be_written(student: Student, place: str, mode: str) -> None:
    """It is said and passed over, the rest is done, and `--check` does not ask for it for ever."""
    course = student.course
    lab = ("/usr/bin/python3", "-m", "lab", "sync")
    assert student(*lab).returncode == 0
    assert student("rm", "-r", "labs/4.1/examples").returncode == 0
    if place.endswith("examples"):
        assert student("mkdir", place).returncode == 0
    assert student("rm", ".local/state/coursebox/manifest.json").returncode == 0
    assert student("chmod", mode, place).returncode == 0
    course.example("7.3").write_text("新的\n", "utf-8")
    course.lab("5.1", one="新的\n")
    try:
        done = student(*lab, "--json")
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert (report["added"], len(report["skipped"])) == (1, 1)
        assert f"~/{place}" in report["skipped"][0]
        assert student(*lab, "--check").returncode == 0
    finally:
        student("chmod", "755", place)


def test_labs_that_cannot_be_written(
    student: Student,
) -> None:
    """Nothing can be laid, so this is a failure."""
    assert student("mkdir", "-m", "555", "labs").returncode == 0
    done = student("/usr/bin/python3", "-m", "lab", "sync")
    assert (done.returncode, "~/labs 不能写" in done.stderr) == (1, True)


def test_full_disk_is_explained(course: Course) -> None:
    """In both languages: an instructor may read it in a log."""
    done = driven(course, 6, "ENOSPC")
    assert done.returncode == 1
    assert "磁盘满了 (disk full)" in done.stderr
    assert done.stdout == ""


def test_several_at_once(course: Course) -> None:
    """One does the work, the others wait and find it done."""
    command = [sys.executable, "-m", "lab", "sync", "--json"]
    running = [
        subprocess.Popen(command, env=course.environ(), stdout=subprocess.PIPE) for _ in range(6)
    ]
    reports = [json.loads(process.communicate(timeout=60)[0]) for process in running]
    assert sorted(report["changed"] for report in reports) == [False] * 5 + [True]
    assert tree(course.labs) == wanted(course)


def test_student_saves_meanwhile(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the laying: the student's version wins, and counts as theirs at the next sync."""
    from lab.sync import install
    from lab.sync.run import sync

    course.sync()
    course.example("4.1").write_text("新的\n", "utf-8")
    course.lab("5.1", one="新的\n")
    course.copy("5.1").parent.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(course.home))
    real = install.stage

    def saved(*arguments: object) -> str:
        course.copy("4.1").write_text("刚保存\n", "utf-8")
        course.copy("5.1").write_text("刚建立\n", "utf-8")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(install, "stage", saved)
    report = sync(str(course.labfiles), restore=False, only_look=False)
    assert (report.added, report.updated) == (0, 0)
    monkeypatch.undo()
    assert len(course.sync()["new_versions"]) == 2
    assert course.copy("4.1").read_text("utf-8") == "刚保存\n"
    assert course.copy("5.1").read_text("utf-8") == "刚建立\n"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 1, "labs": {"4.1": []}}'])
def test_damaged_record_is_kept_aside(course: Course, content: str) -> None:
    """What equals the pristine files is ours again, what differs is the student's."""
    course.sync()
    course.copy("4.1").write_text("我的\n", "utf-8")
    (course.state / "manifest.json").write_text(content, "utf-8")
    report = course.sync()
    assert report["new_versions"] == ["4.1/examples/one.py.new"]
    kept = list(course.state.glob("manifest.json.damaged-*"))
    assert [path.read_text("utf-8") for path in kept] == [content]
    course.example("4.1", "two").write_text("新的\n", "utf-8")
    assert course.sync()["updated"] == 1


def test_record_of_an_older_version_is_read(course: Course) -> None:
    """As version 0.1.0 wrote it: nothing is taken for the student's, or for the course's, that is not."""
    course.sync()
    course.copy("4.1").write_text("我的\n", "utf-8")
    course.example("4.1").write_text("第2版\n", "utf-8")
    course.copy("4.1", "two").unlink()
    course.sync()
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in wanted(course).items()}
    first = hashlib.sha256(b"print(1)\n").hexdigest()
    beside = {"name": "one.py.new", "hash": hashes["4.1/examples/one.py"]}
    labs: dict[str, dict[str, object]] = {"2.1": {}, "4.1": {}, "7.3": {}}
    for name, known in hashes.items():
        labs[name[:3]][name[4:]] = {"hash": known}
    labs["4.1"]["examples/one.py"] = {"hash": first, "beside": beside}
    (course.state / "manifest.json").unlink()
    old = course.state / "laid.json"
    old.write_text(json.dumps({"schema": 1, "labs": labs}), "utf-8")

    assert "one.py.new" in course.run().stdout
    same = course.sync()
    assert (same["changed"], same["deleted"]) == (False, ["4.1/examples/two.py"])
    course.example("4.1").write_text("第3版\n", "utf-8")
    course.example("7.3").write_text("第3版\n", "utf-8")
    report = course.sync()
    assert (report["updated"], report["new_versions"]) == (1, ["4.1/examples/one.py.new"])
    assert course.copy("4.1").read_text("utf-8") == "我的\n"
    assert not old.exists()
    assert not course.sync()["changed"]


def test_check_changes_nothing(course: Course) -> None:
    """And says by its exit code whether a sync would."""
    done = course.run("sync", "--check", "--json")
    assert (done.returncode, json.loads(done.stdout)["added"]) == (1, 4)
    assert not list(course.home.iterdir())
    course.sync()
    assert course.run("sync", "--check").returncode == 0
    course.example("4.1").write_text("新的\n", "utf-8")
    before = tree(course.home)
    assert course.run("sync", "--check").returncode == 1
    assert tree(course.home) == before


def test_quiet_says_nothing(course: Course) -> None:
    """For provisioning by hand."""
    done = course.run("sync", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_from_another_folder(course: Course) -> None:
    """A release that is not the current one."""
    other = Course(course.home.parent / "other")
    other.lab("6.1", one="print(6)\n")
    course.sync("--from", str(other.labfiles))
    assert list(tree(course.labs)) == ["6.1/examples/one.py"]


def test_from_a_folder_without_labs(course: Course) -> None:
    """A mistyped path is the caller's fault, and no reason to touch anything."""
    done = course.run("sync", "--from", str(course.home))
    assert (done.returncode, tree(course.home)) == (3, {})


def test_summary_is_one_line(course: Course) -> None:
    """With all that a student should know."""
    course.sync()
    course.copy("4.1").write_text("我的\n", "utf-8")
    course.copy("4.1", "two").unlink()
    course.example("4.1").write_text("新的\n", "utf-8")
    text = course.run("sync").stdout
    assert text.count("\n") == 1
    assert "你改过的 1 个保持不动" in text
    assert "你删掉的 1 个没有放回" in text


def test_home_of_another_user(course: Course) -> None:
    """Root's files in a student's home are files that the student cannot change."""
    if os.geteuid() == 0:
        os.chown(course.home, 12345, 12345)
        done = course.run("sync")
        assert not list(course.home.iterdir())
    else:
        done = course.run("sync", environ={"HOME": "/"})
    assert (done.returncode, "不是当前用户的" in done.stderr) == (1, True)


def test_bytecode_is_not_laid(course: Course) -> None:
    """It belongs to another Python."""
    cache = course.labfiles / "4/4.1/examples/__pycache__"
    cache.mkdir()
    (cache / "one.cpython-311.pyc").write_bytes(b"x")
    course.sync()
    assert not list(course.labs.rglob("__pycache__"))
