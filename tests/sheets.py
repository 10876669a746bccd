"""Sheets for tests: the same rows written as xlsx, ods and csv, and read again."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from office.neighbourhood_sheet import Sheet, read_sheet
from storage.neighbourhoods import NeighbourhoodRow

TODAY = dt.date(2026, 11, 21)
HEADER = ("Mã", "Tên", "Số người trưởng thành", "Văn bản nguồn", "Ngày")
FIRST = NeighbourhoodRow("kp1", "Khu phố 1", 1250, "Công văn 12/UBND", dt.date(2026, 1, 2))
SECOND = NeighbourhoodRow("kp2", "Khu phố 2", None, "", None)
Rows = Sequence[Sequence[object]]


def as_xlsx(file: Path, rows: Rows) -> Path:
    book = xlsxwriter.Workbook(str(file), {"strings_to_formulas": False, "nan_inf_to_errors": True})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, bool):
                sheet.write_boolean(at, column, value)
            elif isinstance(value, dt.date):
                sheet.write_datetime(at, column, value, day)
            elif isinstance(value, int | float):
                sheet.write_number(at, column, value)
            elif value is not None:
                sheet.write_string(at, column, str(value))
    book.close()
    return file


def as_ods(file: Path, rows: Rows) -> Path:
    book = OpenDocumentSpreadsheet()
    table = Table(name="Bang")
    for row in rows:
        line = TableRow()
        for value in row:
            line.addElement(_ods_cell(value))
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(file))
    return file


def _ods_cell(value: object) -> TableCell:
    if isinstance(value, bool):
        return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, dt.date):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, int | float):
        return TableCell(valuetype="float", value=str(value))
    cell = TableCell(valuetype="string")
    if value is not None:
        cell.addElement(P(text=str(value)))
    return cell


def as_csv(file: Path, rows: Rows, separator: str = ";", encoding: str = "utf-8-sig") -> Path:
    lines = (separator.join("" if value is None else str(value) for value in row) for row in rows)
    file.write_bytes("\r\n".join(lines).encode(encoding))
    return file


def read(tmp_path: Path, rows: Rows, known: Sequence[NeighbourhoodRow] = ()) -> Sheet:
    """Return what is read from an office's csv with these rows."""
    return read_sheet(as_csv(tmp_path / "bang.csv", rows), TODAY, known)


def only_complaint(sheet: Sheet) -> str:
    assert sheet.rows == ()
    assert len(sheet.complaints) == 1, sheet.complaints
    return sheet.complaints[0]
