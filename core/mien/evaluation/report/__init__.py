"""The report: an evaluation as one HTML page that can be sent on, with everything in it."""

from mien.evaluation.report.comparisons import Comparison, compare
from mien.evaluation.report.notes import ReportNote, Stroke
from mien.evaluation.report.page import Report, report_page, write_report

__all__ = [
    "Comparison",
    "Report",
    "ReportNote",
    "Stroke",
    "compare",
    "report_page",
    "write_report",
]
