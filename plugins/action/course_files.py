"""Places files on a seat: all of a role's in one transfer, without starting Python there.

    course_files:
      files:
        - path: /etc/vim/vimrc.local
          content: "{{ lookup('ansible.builtin.template', 'etc/vim/vimrc.local.j2') }}"
        - {path: /opt/coursebox/wheels/x.whl, src: build/x.whl, mode: "0644", validate: some-command %s}

Each file belongs to root, is compared first, validated before it is placed, and replaced by a rename, so that a run
that is killed leaves the old file or the new one. Folders that are missing are made, for all to enter. Only for places
where nobody but root writes.
"""

from __future__ import annotations

import io
import shlex
import sys
import tarfile
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from classroom.i18n import script  # noqa: E402

_KEYS = {"path", "content", "src", "mode", "validate"}
_SCRIPT = script(Path(__file__).parent / "course_files.sh")


class ActionModule(ActionBase):  # type: ignore[misc]
    """The task `course_files`; its one argument is `files`."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset(("files",))

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Place the files; the result names those that changed."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        command = f"check={'yes' if self._task.check_mode else 'no'}\n{_SCRIPT}"
        done = self._low_level_execute_command(
            f"/bin/sh -c {shlex.quote(command)}", in_data=_pack(self._task.args["files"])
        )
        lines = str(done.get("stdout", "")).splitlines()
        changed = [line.removeprefix("changed ") for line in lines if line.startswith("changed ")]
        result |= {"changed": bool(changed), "paths": changed}
        if done.get("rc") != 0:
            said = [str(done.get(stream, "")).strip() for stream in ("stdout", "stderr")]
            return result | {"failed": True, "msg": "\n".join(text for text in said if text)}
        return result


def _pack(files: list[dict[str, str]]) -> bytes:
    """Return a tar archive of the files under their numbers, with a manifest that says where they go."""
    manifest = []
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for number, file in enumerate(files):
            if not file.keys() <= _KEYS or "path" not in file:
                raise AnsibleActionFail(
                    f"course_files: {sorted(file)} is not one of {sorted(_KEYS)}"
                )
            src = file.get("src")
            content = Path(src).read_bytes() if src else file["content"].encode()
            _add(tar, str(number), content)
            validate = file.get("validate", "").replace("%s", str(number)) or "true"
            manifest.append(f"{number} {file.get('mode', '0644')} {file['path']} {validate}\n")
        _add(tar, "manifest", "".join(manifest).encode())
    return packed.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
