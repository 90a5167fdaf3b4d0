"""`lab`: where am I, and how do I go on."""

from __future__ import annotations

from lab import catalogue, laid, output, state
from lab.errors import DONE

_NARROW = 44


def overview() -> int:
    """Print each chapter with its progress, the next lab and the way on."""
    chapters = catalogue.chapters()
    progress = state.read()
    width = output.columns()
    left = max((output.cells(chapter.title) for chapter in chapters), default=0)
    output.say("后端开发基础")
    output.say()
    for chapter in chapters:
        passed = sum(state.of(progress, lab.id).state == state.PASSED for lab in chapter.labs)
        whole = len(chapter.labs)
        bar = output.bar(passed, whole)
        if width is not None and width < left + _NARROW:
            output.say(output.wrapped(f"{chapter.id}  {chapter.title}", width, "   "))
            output.say(f"   {bar} {passed}/{whole}")
        else:
            output.say(
                f"第 {chapter.id} 章  {output.padded(chapter.title, left)}  {bar} {passed}/{whole}"
            )
    output.say()
    labs = [lab for chapter in chapters for lab in chapter.labs]
    titles = {lab.id: lab for lab in labs}
    dated = [(entry.updated or "", lab) for lab, entry in progress.items() if lab in titles]
    last = titles[max(dated)[1]] if dated else None
    if last:
        # Who skipped a chapter is led on first, and to what was skipped at the end.
        place = labs.index(last)
        labs = labs[place:] + labs[:place]
    left_over = [lab for lab in labs if state.of(progress, lab.id).state != state.PASSED]
    upcoming = left_over[0] if left_over else None
    if last and last is not upcoming:
        output.say(output.wrapped(f"上次做到：{last.id} {last.title}", width, " " * 10))
    if upcoming:
        title = "正在做：  " if upcoming is last else "下一个：  "
        output.say(output.wrapped(f"{title}{upcoming.id} {upcoming.title}", width, " " * 10))
        way = _way(upcoming, state.of(progress, upcoming.id))
        output.say(output.wrapped(f"接着做：  {way}", width, " " * 10))
    elif labs:
        output.say("全部实验都通过了，了不起！想再看哪一个：lab list")
    offered = laid.offered()
    if offered:
        names = "、".join(f"~/labs/{name}" for name in offered)
        note = f"你改过的例子有了新版本，放在旁边，你的文件没有动：{names}"
        output.say(output.wrapped(note, width))
    return DONE


def _way(lab: catalogue.Lab, progress: state.Progress) -> str:
    """Say how to go on with a lab that has not passed."""
    if lab.exercise and progress.state != state.NEW:
        return f"改好以后 lab check {lab.id} 检查，要提示：lab hint {lab.id}"
    then = [f"lab show {lab.id} 看指南"]
    if lab.examples:
        then.append(f"lab run {lab.id} 跑例子")
    if lab.exercise:
        then.append(f"lab start {lab.id} 做练习")
    return "，再用 ".join(then)
