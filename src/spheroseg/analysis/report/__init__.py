"""An experiment on paper: one HTML and one PDF file that say the same."""

from spheroseg.analysis.report.document import About, Document, document
from spheroseg.analysis.report.html import write_html
from spheroseg.analysis.report.pdf import write_pdf

__all__ = ["About", "Document", "document", "write_html", "write_pdf"]
