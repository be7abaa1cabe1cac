"""XML by the names of its elements alone: writers of one schema differ in their namespaces."""

from __future__ import annotations

from xml.etree.ElementTree import Element


def local_name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children_named(element: Element, name: str) -> list[Element]:
    """The elements right below another that have a name."""
    return [child for child in element if local_name(child) == name]
