"""Reads `lab.toml` and `chapter.toml`, and says in Chinese what is wrong with one."""

from __future__ import annotations

import functools
import json
import os
import sys
from typing import TYPE_CHECKING, Any, Final

import fastjsonschema

from lab.errors import BrokenError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SCHEMAS: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schema")
_TYPES: Final = {
    "string": "文字",
    "integer": "整数",
    "number": "数",
    "boolean": "true 或 false",
    "array": "数组",
    "object": "表",
}


def read(path: str, schema: str) -> dict[str, Any]:
    """Read a TOML file and check it against a schema of `lab/schema/`, named without its ending.

    Raises BrokenError, which names the file and the field.
    """
    try:
        with open(path, "rb") as file:
            data = tomllib.load(file)
    except FileNotFoundError as error:
        raise BrokenError(f"{path}：文件不存在。") from error
    except OSError as error:
        raise BrokenError(f"{path}：读不了（{error.strerror}）。") from error
    except ValueError as error:
        raise BrokenError(f"{path}：不是正确的 TOML（{error}）。") from error
    try:
        _validator(schema)(data)
    except fastjsonschema.JsonSchemaValueException as error:
        raise BrokenError(f"{path}：{_explained(error)}") from error
    return data


@functools.cache
def _validator(name: str) -> Callable[[object], object]:
    with open(os.path.join(_SCHEMAS, f"{name}.schema.json"), encoding="utf-8") as file:
        compiled: Callable[[object], object] = fastjsonschema.compile(json.load(file))
    return compiled


def _explained(error: Any) -> str:
    """Say in Chinese which field is wrong, and why."""
    field = error.name.removeprefix("data").lstrip(".")
    wanted = error.rule_definition
    within = f"{field}." if field else ""
    if error.rule == "additionalProperties":
        known = error.definition["properties"]
        return f"{_fields(within, set(error.value) - set(known))} 是不认识的键。"
    if error.rule == "required":
        return f"缺少 {_fields(within, set(wanted) - set(error.value))}。"
    reasons = {
        "type": f"应该是{_TYPES.get(str(wanted), wanted)}",
        "minLength": "不能是空的",
        "maxLength": f"最多 {wanted} 个字",
        "minimum": f"不能小于 {wanted}",
        "maximum": f"不能大于 {wanted}",
        "minItems": f"至少要有 {wanted} 项",
        "pattern": f"要符合 {wanted}",
    }
    reason = reasons.get(error.rule, f"不符合 {error.rule}：{wanted}")
    return f"{field or '文件'} 现在是 {error.value!r}，{reason}。"


def _fields(within: str, names: Iterable[str]) -> str:
    return "、".join(within + name for name in sorted(names))
