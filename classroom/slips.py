"""One slip for each student, to print and cut: seat, name, account, password, and the first command."""

from __future__ import annotations

from classroom import pages
from classroom.course_class import CourseClass
from classroom.files import replace


def page(course_class: CourseClass, user: str) -> str:
    """Return the page for a class, as HTML that needs nothing beside it; `user` is the account's name."""
    return pages.render(
        "slips.html.j2",
        name=course_class.name,
        students=course_class.roster.students,
        passwords=course_class.passwords(),
        user=user,
    )


def write(course_class: CourseClass, user: str) -> str:
    """Write the page where only the instructor may read it; return its path."""
    path = course_class.collected / "slips.html"
    replace(path, page(course_class, user).encode(), mode=0o600)
    return str(path)
