"""Runs a sync: makes a plan and carries it out under a lock."""

from __future__ import annotations

import errno
import os
from typing import NamedTuple

from lab import json_file, owner, paths, safe_fs
from lab.errors import FailedError
from lab.safe_fs import Skipped
from lab.sync import install, manifest
from lab.sync.plan import ADD, NEW_VERSION, UPDATE, Plan, Step, read_course


class Report(NamedTuple):
    """What a sync did, or would do: numbers of files, paths in `~/labs`, and messages for what was skipped."""

    changed: bool
    added: int
    updated: int
    modified: list[str]
    new_versions: list[str]
    deleted: list[str]
    skipped: list[str]


def sync(root: str, *, restore: bool, only_look: bool, lab: str | None = None) -> Report:
    """Update the working copies, or those of one lab, from `root`; with `only_look` just report what is to do.

    With `restore` files that the student deleted come back. Raises FailedError, WrongUseError and BrokenError.
    """
    course = read_course(root)
    if lab is not None:
        course = {lab: course[lab]}
    try:
        paths.own_home()
        if only_look:
            plan = Plan(course, manifest.load(), restore)
            return _report(plan, plan.steps, done=False)
        with json_file.locked(os.path.join(paths.state_dir(), "sync.lock")):
            return _carry_out(Plan(course, manifest.load(set_aside=True), restore))
    except json_file.Busy as error:
        raise FailedError("另一个 lab sync 正在运行，这次什么也没有做。") from error
    except Skipped as error:
        raise FailedError(str(error)) from error
    except OSError as error:
        raise FailedError(_explained(error)) from error


def _carry_out(plan: Plan) -> Report:
    """Install what the plan says; the manifest is written before and after."""
    open_labs = safe_fs.make_folder if plan.changed else safe_fs.open_folder
    labs = open_labs(None, paths.labs(), "~/labs")
    if labs is None:
        return _report(plan, [], done=True)
    with safe_fs.closing(labs):
        install.sweep(labs)
        if not plan.changed:
            return _report(plan, [], done=True)
        for step in plan.steps:
            if step.kind != NEW_VERSION:
                plan.entry(step)["next"] = step.source.digest
        manifest.save(plan.labs, durable=False)
        try:
            with install.staging_folder(labs) as staging:
                _make_lab_folders(plan, labs)
                done = [step for step in plan.steps if _install(plan, step, labs, staging)]
        finally:
            manifest.save(plan.labs)
    return _report(plan, done, done=True)


def _make_lab_folders(plan: Plan, labs: int) -> None:
    for lab in plan.folders:
        try:
            os.close(safe_fs.make_folder(labs, lab, f"~/labs/{lab}"))
            plan.labs.setdefault(lab, {})
        except Skipped as error:
            plan.skipped.append(str(error))


def _install(plan: Plan, step: Step, labs: int, staging: int) -> bool:
    """Install one file and say whether it was; what the student has done to it since the plan was made wins."""
    entry = plan.entry(step)
    inner, name = os.path.split(step.name)
    try:
        with safe_fs.closing(safe_fs.make_folders(labs, inner, "~/labs")) as folder:
            if step.kind == NEW_VERSION:
                last = entry.get("new_version") or {}
                chosen = install.add_new_version(staging, folder, name, step.source, last)
                entry["new_version"] = {"name": chosen, "hash": step.source.digest}
                return True
            install_file = install.add if step.kind == ADD else install.update
            installed = install_file(staging, folder, name, step.source, step.seen)
            if installed:
                entry.clear()
                entry["hash"] = step.source.digest
            return installed
    except Skipped as error:
        plan.skipped.append(str(error))
    except OSError as error:
        if error.errno not in safe_fs.LOCAL_ERRORS:
            raise
        shown = f"~/labs/{step.name}"
        plan.skipped.append(f"{shown}：{error.strerror}，跳过了。{safe_fs.cure(shown)}")
    return False


def _report(plan: Plan, steps: list[Step], *, done: bool) -> Report:
    """Report steps that were `done`, or are to do; only what was done has the names of new versions."""
    kinds = [step.kind for step in steps]
    return Report(
        changed=plan.changed,
        added=kinds.count(ADD),
        updated=kinds.count(UPDATE),
        modified=plan.modified,
        new_versions=[
            os.path.join(os.path.dirname(step.name), plan.entry(step)["new_version"]["name"])
            for step in steps
            if done and step.kind == NEW_VERSION
        ],
        deleted=plan.deleted,
        skipped=plan.skipped,
    )


def _explained(error: OSError) -> str:
    reasons = {
        errno.ENOSPC: "磁盘满了 (disk full)",
        errno.EDQUOT: "磁盘配额用完了 (disk quota exceeded)",
        errno.EROFS: "磁盘是只读的 (read-only file system)",
    }
    reason = reasons.get(error.errno or 0, f"写不了文件 ({error})")
    cure = ""
    if error.errno in safe_fs.LOCAL_ERRORS:
        cure = owner.cure(paths.state_dir()) or owner.cure(paths.labs())
    return f"{reason}：~/labs 没有更新完。你的文件都还在；解决以后再运行一次 lab sync 就会接着做。{cure}"
