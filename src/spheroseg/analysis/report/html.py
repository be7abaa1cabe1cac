"""A report as one HTML file: pictures inside, no script, no other host."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path

from spheroseg.analysis.report.document import Block, Document, Heading, Paragraph, Picture

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;font-size:13px;margin:.5rem 0;display:block;overflow-x:auto}
caption{text-align:left;font-weight:600;padding:.3rem 0}th,td{border-bottom:1px solid #ccc;padding:.15rem .5rem;text-align:left;vertical-align:top}
figure{margin:1rem 0}img{max-width:100%;height:auto}figcaption{font-size:13px;color:#444}
@media print{body{max-width:none;margin:0}table{display:table}tr,figure{break-inside:avoid}}
"""


def html(report: Document) -> str:
    """The page."""
    body = "\n".join(_block(block) for block in report.blocks)
    title = escape(report.title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body><h1>{title}</h1>\n{body}\n</body></html>\n"
    )


def write_html(report: Document, path: Path) -> None:
    """Write the page."""
    path.write_text(html(report), encoding="utf-8")


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h2>{escape(block.text)}</h2>"
    if isinstance(block, Paragraph):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Picture):
        caption, data = escape(block.caption), b64encode(block.content).decode()
        return f'<figure><img src="data:image/png;base64,{data}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
    header = "".join(f'<th scope="col">{escape(name)}</th>' for name in block.header)
    rows = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in block.rows)
    return f"<table><caption>{escape(block.caption)}</caption><thead><tr>{header}</tr></thead><tbody>\n{rows}\n</tbody></table>"
