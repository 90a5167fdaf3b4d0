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
        touched = [lab for lab in chapter.labs if _state(progress, lab.id) != state.NEW]
        done, whole = len(touched), len(chapter.labs)
        bar = output.bar(done, whole)
        if width is not None and width < left + _NARROW:
            output.say(output.wrapped(f"{chapter.id}  {chapter.title}", width, "   "))
            output.say(f"   {bar} {done}/{whole}")
        else:
            output.say(
                f"第 {chapter.id} 章  {output.padded(chapter.title, left)}  {bar} {done}/{whole}"
            )
    output.say()
    labs = [lab for chapter in chapters for lab in chapter.labs]
    titles = {lab.id: lab for lab in labs}
    dated = [(entry.updated or "", lab) for lab, entry in progress.items() if lab in titles]
    if dated:
        last = titles[max(dated)[1]]
        # Who skipped a chapter is led on first, and to what was skipped at the end.
        place = labs.index(last)
        labs = labs[place:] + labs[:place]
        output.say(output.wrapped(f"上次做到：{last.id} {last.title}", width, " " * 10))
    upcoming = [lab for lab in labs if _state(progress, lab.id) == state.NEW]
    if upcoming:
        lab = upcoming[0]
        output.say(output.wrapped(f"下一个：  {lab.id} {lab.title}", width, " " * 10))
        then = f"，再用 lab run {lab.id} 跑例子" if lab.examples else ""
        output.say(output.wrapped(f"接着做：  lab show {lab.id} 看指南{then}", width, " " * 10))
    elif labs:
        output.say("全部实验都做过了，了不起！想再看哪一个：lab list")
    offered = laid.offered()
    if offered:
        names = "、".join(f"~/labs/{name}" for name in offered)
        note = f"你改过的例子有了新版本，放在旁边，你的文件没有动：{names}"
        output.say(output.wrapped(note, width))
    return DONE


def _state(progress: dict[str, state.Progress], lab: str) -> str:
    return progress.get(lab, state.Progress()).state
