"""The description of VirtualBox's box: what the format demands of it, and what VirtualBox demands when it reads one."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from xml.etree import ElementTree

import pytest
import xmlschema

from host.box.metadata import HERE

SCHEMA = Path(__file__).parent / "data/ovf/envelope.xsd"
CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_"
NAMES = {
    "ovf": "http://schemas.dmtf.org/ovf/envelope/1",
    "rasd": CIM + "ResourceAllocationSettingData",
    "vssd": CIM + "VirtualSystemSettingData",
}
PROCESSOR, MEMORY, NETWORK_CARD, DISK, STORAGE = "3", "4", "10", "17", "20"


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    """The schema with all that it imports."""
    return xmlschema.XMLSchema(SCHEMA)


@pytest.fixture(scope="module")
def described() -> str:
    """The description as it is packed."""
    template = Template((HERE / "box.ovf").read_text(encoding="utf-8"))
    return template.substitute(capacity=20 * 2**30, size=123456789, mac="080027C0B0C5")


@pytest.fixture(scope="module")
def items(described: str) -> list[dict[str, str]]:
    """The virtual hardware, each piece by the names of its elements."""
    found = ElementTree.fromstring(described).iterfind(".//ovf:Item", NAMES)
    return [{re.sub("{.*}", "", e.tag): e.text or "" for e in item} for item in found]


def test_it_is_valid(schema: xmlschema.XMLSchema, described: str) -> None:
    """Elements, their order and number, attributes and types; and what it refers to is there."""
    schema.validate(described)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"(<File[^>]*) ovf:id=\"file1\"", r"\1"),
        (r"ovf:href=", "href="),
        (r"<Info>The disks of the machine</Info>", ""),
        (r"ovf:fileRef=\"file1\"", 'ovf:fileRef="file2"'),
        (r"ovf:capacity=\"\d+\"", 'ovf:capacity="20 GB"'),
        (r" *ovf:format=\"[^\"]*\"", ""),
        (r"<rasd:Connection>NAT<", "<rasd:Connection>Bridged<"),
        (r"<rasd:InstanceID>3</rasd:InstanceID>", ""),
        (r"(<rasd:Caption>disk1.*?>)(\s*)(<rasd:Desc.*?/rasd:Description>)", r"\3\2\1"),
        (r"<rasd:VirtualQuantity>2<", "<rasd:VirtualQuantity>two<"),
        (r"2 processors</rasd:Caption>", "x" * 65 + "</rasd:Caption>"),
        (r"(<System>.*</System>)(.*</Item>)", r"\2\1"),
        (r"<References>.*</References>", ""),
        (r"<OperatingSystemSection ovf:id=\"94\">", "<OperatingSystemSection>"),
    ],
)
def test_a_mistake_is_not(
    schema: xmlschema.XMLSchema, described: str, pattern: str, replacement: str
) -> None:
    """Else the test above would prove little."""
    wrong = re.sub(pattern, replacement, described, count=1, flags=re.S)
    assert wrong != described
    ElementTree.fromstring(wrong)
    assert not schema.is_valid(wrong)


def test_virtualbox_knows_every_piece_of_hardware(items: list[dict[str, str]]) -> None:
    """It refuses kinds, controllers and units that it does not know, and pieces that cannot be told apart."""
    kinds = [item["ResourceType"] for item in items]
    assert sorted(kinds) == sorted([PROCESSOR, MEMORY, STORAGE, DISK, NETWORK_CARD])
    by_kind = dict(zip(kinds, items, strict=True))
    assert by_kind[MEMORY]["AllocationUnits"] in {"MegaBytes", "MB", "byte * 2^20"}
    assert by_kind[STORAGE]["ResourceSubType"] == "AHCI"
    assert by_kind[NETWORK_CARD]["ResourceSubType"] == "E1000"
    assert by_kind[NETWORK_CARD]["Connection"] == "NAT"
    assert len({item["InstanceID"] for item in items}) == len(items)


def test_the_disk_hangs_on_a_controller_and_is_one_of_the_package(
    described: str, items: list[dict[str, str]]
) -> None:
    """VirtualBox looks the controller up by its number and the disk by its name."""
    (disk,) = [item for item in items if item["ResourceType"] == DISK]
    controllers = {i["InstanceID"] for i in items if i["ResourceType"] == STORAGE}
    assert disk["Parent"] in controllers
    (named,) = ElementTree.fromstring(described).findall(".//ovf:Disk", NAMES)
    assert disk["HostResource"] == "/disk/" + named.attrib[f"{{{NAMES['ovf']}}}diskId"]
    assert named.attrib[f"{{{NAMES['ovf']}}}format"].endswith("vmdk.html#streamOptimized")
