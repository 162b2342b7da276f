"""Type into a spreadsheet in LibreOffice as a person does. Runs in the system's Python, which alone knows it (python3-uno).

Reads from standard input JSON ``{"open", "save", "filter", "sheet", "typed": [{"row", "column", "text"}]}`` (places from 0) and
prints the places that are locked. They are typed last, after the protection of the sheet, which has no password, was taken off.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

SECONDS = 120


def setting(name, value):
    found = PropertyValue()
    found.Name, found.Value = name, value
    return found


def desktop(pipe):
    """The running office, as soon as it listens."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    until = time.monotonic() + SECONDS
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)


def type_in(sheet, entries):
    """Type what a person can; what is left, because its cell is locked."""
    left = []
    for entry in entries:
        cell = sheet.getCellByPosition(entry["column"], entry["row"])
        if sheet.isProtected() and cell.CellProtection.IsLocked:
            left.append(entry)
        else:
            cell.setFormula(entry["text"])
    return left


def main():
    work = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder).name
        command = ["soffice", f"-env:UserInstallation={Path(folder).as_uri()}", "--headless", "--norestore"]
        office = subprocess.Popen([*command, f"--accept=pipe,name={pipe};urp;"], stdout=sys.stderr)
        try:
            book = desktop(pipe).loadComponentFromURL(Path(work["open"]).as_uri(), "_blank", 0, (setting("Hidden", True),))
            sheet = book.getSheets().getByName(work["sheet"])
            left = type_in(sheet, work["typed"])
            sheet.unprotect("")
            assert type_in(sheet, left) == []
            book.storeToURL(Path(work["save"]).as_uri(), (setting("FilterName", work["filter"]),))
            book.close(True)
            print(json.dumps([[entry["row"], entry["column"]] for entry in left]))
        finally:
            office.terminate()
            office.wait(SECONDS)


main()
