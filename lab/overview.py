"""`lab`: where am I, and how do I go on."""

from __future__ import annotations

from lab import catalogue, output, progress
from lab.errors import DONE
from lab.sync import manifest
from lab.text import bar, cells, padded, wrapped

_NARROW = 44


def overview() -> int:
    """Print each chapter with its progress, the next lab and the way on.

    Of the labs only those are read that it names: the course as a whole would take longer than all else.
    """
    titles = catalogue.titles()
    labs = catalogue.lab_ids()
    entries = progress.read()
    width = output.columns()
    left = max((cells(title) for title in titles.values()), default=0)
    output.say("后端开发基础")
    output.say()
    for chapter, title in titles.items():
        inside = [lab for lab in labs if lab.partition(".")[0] == chapter]
        passed = sum(progress.get(entries, lab).state == progress.PASSED for lab in inside)
        done = f"{bar(passed, len(inside))} {passed}/{len(inside)}"
        if width is not None and width < left + _NARROW:
            output.say(wrapped(f"{chapter}  {title}", width, "   "))
            output.say(f"   {done}")
        else:
            output.say(f"第 {chapter} 章  {padded(title, left)}  {done}")
    output.say()
    last = max(((entries[lab].updated or "", lab) for lab in labs if lab in entries), default=None)
    if last:
        # Go on after the last lab worked on; skipped labs come last.
        place = labs.index(last[1])
        labs = labs[place:] + labs[:place]
    upcoming = next(
        (lab for lab in labs if progress.get(entries, lab).state != progress.PASSED), None
    )
    if last and last[1] != upcoming:
        lab = catalogue.lab(last[1])
        output.say(wrapped(f"上次做到：{lab.id} {lab.title}", width, " " * 10))
    if upcoming:
        lab = catalogue.lab(upcoming)
        title = "正在做：  " if last and last[1] == upcoming else "下一个：  "
        output.say(wrapped(f"{title}{lab.id} {lab.title}", width, " " * 10))
        way = _way(lab, progress.get(entries, lab.id))
        output.say(wrapped(f"接着做：  {way}", width, " " * 10))
    elif labs:
        output.say("全部实验都通过了，了不起！想再看哪一个：lab list")
    new_versions = manifest.new_versions()
    if new_versions:
        names = "、".join(f"~/labs/{name}" for name in new_versions)
        note = f"你改过的例子有了新版本，放在旁边，你的文件没有动：{names}"
        output.say(wrapped(note, width))
    return DONE


def _way(lab: catalogue.Lab, entry: progress.Progress) -> str:
    """Say how to go on with a lab that has not passed."""
    if lab.exercise and entry.state != progress.NEW:
        return f"改好以后 lab check {lab.id} 检查，要提示：lab hint {lab.id}"
    then = [f"lab show {lab.id} 看指南"]
    if lab.examples:
        then.append(f"lab run {lab.id} 跑例子")
    if lab.exercise:
        then.append(f"lab start {lab.id} 做练习")
    return "，再用 ".join(then)
