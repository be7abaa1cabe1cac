"""A report as PDF, with a font that has the field's letters (µ, ², ′, ×) inside."""

from __future__ import annotations

from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path

from matplotlib import get_data_path
from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Image, KeepTogether, SimpleDocTemplate, Spacer
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Grid

from spheroseg.analysis.report.document import Block, Document, Heading, Paragraph, Picture, Table

_MARGIN = 40.0
_WIDTH = landscape(A4)[0] - 2 * _MARGIN
_MOST_HEIGHT = landscape(A4)[1] - 2 * _MARGIN - 60

rl_config.useA85 = 0  # streams as bytes, not as text, which is encoded in Python: the file is a fifth smaller, and written in half the time


@cache
def _styles() -> dict[str, ParagraphStyle]:
    fonts = Path(get_data_path()) / "fonts" / "ttf"
    pdfmetrics.registerFont(TTFont("DejaVu", str(fonts / "DejaVuSans.ttf")))
    pdfmetrics.registerFont(TTFont("DejaVu-Bold", str(fonts / "DejaVuSans-Bold.ttf")))
    plain = ParagraphStyle("plain", fontName="DejaVu", fontSize=8.5, leading=12)
    return {
        "plain": plain,
        "title": ParagraphStyle("title", plain, fontName="DejaVu-Bold", fontSize=16, leading=22),
        "heading": ParagraphStyle("heading", plain, fontName="DejaVu-Bold", fontSize=12, leading=18, spaceBefore=8),
        "cell": ParagraphStyle("cell", plain, fontSize=6, leading=7.5, splitLongWords=True),
        "head": ParagraphStyle("head", plain, fontName="DejaVu-Bold", fontSize=6, leading=7.5),
    }


def write_pdf(report: Document, path: Path) -> None:
    """Write the report on landscape A4."""
    path.write_bytes(pdf(report))


def pdf(report: Document) -> bytes:
    """The file's bytes."""
    stream = BytesIO()
    pages = SimpleDocTemplate(
        stream, pagesize=landscape(A4), leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=report.title, author="SpheroSeg",
    )  # fmt: skip
    story: list[Flowable] = [Text(escape(report.title), _styles()["title"])]
    for block in report.blocks:
        story += _flowables(block)
    pages.build(story)
    return stream.getvalue()


def _flowables(block: Block) -> list[Flowable]:
    styles = _styles()
    if isinstance(block, Heading):
        return [Text(escape(block.text), styles["heading"])]
    if isinstance(block, Paragraph):
        return [Text(escape(block.text), styles["plain"])]
    if isinstance(block, Picture):
        image = Image(BytesIO(block.content))
        scale = min(_WIDTH / image.imageWidth, _MOST_HEIGHT / image.imageHeight, 72 / 150)
        image.drawWidth, image.drawHeight = image.imageWidth * scale, image.imageHeight * scale
        return [KeepTogether([image, Text(escape(block.caption), styles["plain"])]), Spacer(1, 6)]
    return [Text(escape(block.caption), styles["head"]), _grid(block), Spacer(1, 8)]


def _grid(block: Table) -> Grid:
    styles = _styles()
    # a column is as wide as its longest word's share, so that numbers are never broken
    longest = [max([len(str(name)), *(len(row[at]) for row in block.rows)]) for at, name in enumerate(block.header)]
    weights = [min(max(length, 4), 40) for length in longest]
    width = min(_WIDTH, sum(weights) * 4.2)
    cells = [[Text(escape(name), styles["head"]) for name in block.header]]
    cells += [[Text(escape(cell), styles["cell"]) for cell in row] for row in block.rows]
    return Grid(
        cells, colWidths=[width * weight / sum(weights) for weight in weights], repeatRows=1, hAlign="LEFT",
        style=[("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.lightgrey), ("VALIGN", (0, 0), (-1, -1), "TOP"),
               ("LEFTPADDING", (0, 0), (-1, -1), 2), ("RIGHTPADDING", (0, 0), (-1, -1), 2),
               ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)],
    )  # fmt: skip
