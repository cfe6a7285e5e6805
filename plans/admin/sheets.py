"""A list of the back office as a spreadsheet: what is shown, filtered as it is shown, written down as an export."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar

from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.text import capfirst
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from practice import audit
from practice.domain.sheets import Cell, as_csv, safe

ASKED_BY, KINDS = "_export", ("csv", "xlsx")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AT_MOST = 50_000  # rows
Column = tuple[str, Callable[[Any], object]]


def sheet_response(request: HttpRequest, kind: str, name: str, heads: Sequence[str], rows: Iterable) -> HttpResponse:
    """The rows as a file of this kind ("csv" or "xlsx"); its name says what it is and of which day, nobody's name."""
    file = f"{name}-{timezone.localdate():%Y-%m-%d}.{kind}"
    if kind == "xlsx":
        response = HttpResponse(_workbook(heads, rows), content_type=XLSX)
    else:
        response = StreamingHttpResponse(as_csv([heads, *rows]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


def _workbook(heads: Sequence[str], rows: Iterable) -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for index, row in enumerate([heads, *rows]):
            for column, value in enumerate(map(safe, row)):
                _write(sheet, index, column, value, None if index else bold)
    return out.getvalue()


def _write(sheet: Worksheet, row: int, column: int, value: Cell, form: Format | None) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value, form)  # never a formula or a link, whatever it starts with
    else:
        sheet.write(row, column, value, form)


def note_export(request: HttpRequest, name: str, kind: str, count: int) -> None:
    """Write down who took which list out, in which form, and how many rows; the log holds no search text."""
    audit.record(
        by=request.user,
        event=f"{name}_exported",
        action="R",
        now=timezone.now(),
        detail=f"{kind} {count} rows",
        purpose="export",
        query_hash=audit.query_hash(request.GET.urlencode()),
    )


class Exported:
    """A changelist that can be taken out as CSV or XLSX: all rows that its filters leave, in the same order."""

    export_name: ClassVar[str] = ""
    change_list_template = "admin/plans/exported_list.html"

    def sheet_columns(self, request: HttpRequest) -> list[Column]:
        """The columns of the file: the head of each, and what a row says there."""
        raise NotImplementedError

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """The list, or the file of it when that is asked for."""
        kind = request.GET.get(ASKED_BY)
        if kind not in KINDS or not self.has_view_permission(request):
            title = capfirst(self.opts.verbose_name_plural)
            return super().changelist_view(request, {"title": title, **(extra_context or {})})
        request.GET = request.GET.copy()
        del request.GET[ASKED_BY]
        listed = self.get_changelist_instance(request)
        columns = self.sheet_columns(request)
        rows = [[say(row) for _head, say in columns] for row in self._all_rows(listed)]
        note_export(request, self.export_name, kind, len(rows))
        return sheet_response(request, kind, self.export_name, [head for head, _say in columns], rows)

    def _all_rows(self, listed: ChangeList) -> Iterator[Model]:
        yield from listed.queryset[:AT_MOST]
