"""Pictures as a browser gets them."""

import re
from typing import Any
from xml.etree import ElementTree

from service.web import templating

SVG = "{http://www.w3.org/2000/svg}"


def svg(picture: Any) -> ElementTree.Element:
    """The picture as its template draws it; it has to be well-formed XML to be parsed."""
    html = templating.file(picture.template, picture=picture)
    return ElementTree.fromstring(re.findall(r"<svg xmlns.*?</svg>", html, re.DOTALL)[0])


def titles(element: ElementTree.Element) -> list[str]:
    """What each mark says of itself, the title of the whole first."""
    return [each.text or "" for each in element.iter(f"{SVG}title")]


def texts(element: ElementTree.Element) -> str:
    return " ".join(" ".join(each.itertext()) for each in element.iter(f"{SVG}text"))
