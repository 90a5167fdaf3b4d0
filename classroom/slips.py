"""One slip for each student, to print and cut: seat, name, account, password, and the first command."""

from __future__ import annotations

import html

from classroom.course_class import CourseClass
from classroom.files import replace
from classroom.roster import Student

_PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
  @page {{ size: A4; margin: 10mm }}
  body {{ font: 11pt/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 0;
          display: grid; grid-template-columns: 1fr 1fr }}
  section {{ border: 1px dashed #999; padding: 6mm; break-inside: avoid }}
  h2 {{ font-size: 14pt; margin: 0 0 2mm }}
  dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 1mm 4mm; margin: 0 }}
  dt {{ color: #555 }}
  dd {{ margin: 0 }}
  code {{ font: 13pt/1.4 ui-monospace, "DejaVu Sans Mono", Consolas, monospace }}
  p {{ margin: 2mm 0 0 }}
</style>
{slips}
</html>
"""
_SLIP = """<section>
<h2>{name}</h2>
<dl>
<dt>班级</dt><dd>{group}</dd>
<dt>学号</dt><dd>{number}</dd>
<dt>座位</dt><dd><code>{seat}</code></dd>
<dt>用户名</dt><dd><code>{user}</code></dd>
<dt>密码</dt><dd><code>{password}</code></dd>
</dl>
<p>登录以后输入 <code>lab</code> 就能开始。密码只给你自己看；想换密码：<code>passwd</code></p>
</section>"""


def page(course_class: CourseClass, user: str) -> str:
    """Return the page for a class, as HTML that needs nothing beside it; `user` is the account's name."""
    known = course_class.passwords()
    slips = [
        _slip(student, known[student.number], user) for student in course_class.roster.students
    ]
    return _PAGE.format(title=html.escape(f"{course_class.name} 登录条"), slips="\n".join(slips))


def write(course_class: CourseClass, user: str) -> str:
    """Write the page where only the instructor may read it; return its path."""
    path = course_class.kept / "slips.html"
    replace(path, page(course_class, user).encode(), mode=0o600)
    return str(path)


def _slip(student: Student, password: str, user: str) -> str:
    values = {
        "name": student.name,
        "group": student.group,
        "number": student.number,
        "seat": student.seat,
        "user": user,
        "password": password,
    }
    return _SLIP.format(**{key: html.escape(value) for key, value in values.items()})
