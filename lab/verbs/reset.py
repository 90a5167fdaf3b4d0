"""`lab reset`: archives a lab's folder, then lays it as it was at the beginning."""

from __future__ import annotations

import os
import shutil

from lab import archive, catalogue, exercise, output, places
from lab.errors import DONE, FailedError
from lab.verbs import start


def reset(wanted: str) -> int:
    """Begin one lab anew; nothing is taken away before the archive has been read back."""
    lab = catalogue.lab(wanted)
    places.own_home()
    kept = archive.keep(lab.id)
    exercise.clear(lab)
    if kept:
        _take_away(lab.id)
    remarks = start.laying(lab, restore=True)
    if lab.exercise:
        remarks += exercise.prepare(lab)
    if kept:
        output.say(f"原来的内容都存在 {exercise.shown(kept)}")
        output.say(f"想拿回来：tar -xzf {exercise.shown(kept)} -C ~，里面的文件会放到 ~/{lab.id}")
    output.say(f"实验 {lab.id} 回到了开始的样子：{exercise.shown(exercise.folder(lab.id))}")
    for remark in remarks:
        output.say(remark)
    return DONE


def _take_away(lab: str) -> None:
    """Move the folder aside at once, then remove it, so that a kill leaves no half of it in its place."""
    aside = os.path.join(places.labs(), f".reset-{lab}")
    try:
        if os.path.lexists(aside):
            shutil.rmtree(aside)
        os.rename(os.path.join(places.labs(), lab), aside)
        shutil.rmtree(aside)
    except OSError as error:
        raise FailedError(f"清不掉 {error.filename}（{error.strerror}）。") from error
