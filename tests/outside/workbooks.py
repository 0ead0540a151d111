"""Writes a project of workbooks, each beside a CSV file with the same rows.

    python tests/outside/workbooks.py FOLDER

Needs the `openpyxl` and `xlsxwriter` packages, which share no code: one writes the even workbooks, the other the odd ones. The
metrics of dataset `x0` (the workbook) and those of `c0` (the CSV file) have the same names but for that letter.
"""

import csv
import datetime
import pathlib
import random
import re
import sys

import openpyxl
import xlsxwriter

COLUMNS = ["id", "n", "k", "day", "at", "flag", "word"]
WORDS = ["a", " b ", 'c "d"', "e,f", "two\nlines", "<ü> & ß", "007", "TRUE", "_x0041_", "=1", "x" * 300]
HEADER = "{ day: date, at: timestamp, n: number, k: integer, flag: boolean, word: text, id: text }"


def rows(some):
    start = datetime.datetime(2026, 1, 1)
    for i in range(some.choice([0, 1, 7, 300])):
        at = start + datetime.timedelta(seconds=some.randrange(150 * 86_400))
        yield [
            f"id{i}",
            some.choice([None, some.random() * 1e6, some.randrange(-9, 9) / 8, 1e15, 1e-7]),
            some.choice([None, some.randrange(-1000, 1000), 2**40]),
            at.date(),
            some.choice([None, at, at.replace(hour=0, minute=0, second=0)]),
            some.choice([None, True, False]),
            some.choice([None, *WORDS]),
        ]


def by_openpyxl(path, name, above, table):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet(name)
    for line in above + [COLUMNS]:
        sheet.append(line)
    for row in table:
        sheet.append(row)
        word = sheet.cell(sheet.max_row, len(COLUMNS))
        if word.value is not None:
            # It leaves what looks like a formula, or like an escaped sign, to its callers.
            word.value = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", word.value)
            word.data_type = "s"
    book.save(path)


def by_xlsxwriter(path, name, above, table):
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Notes")
    sheet = book.add_worksheet(name)
    day, time = book.add_format({"num_format": "d mmm yyyy"}), book.add_format({"num_format": "dd/mm/yy hh:mm:ss"})
    for number, row in enumerate(above + [COLUMNS] + table):
        for column, value in enumerate(row):
            if isinstance(value, datetime.datetime):
                sheet.write_datetime(number, column, value, time)
            elif isinstance(value, datetime.date):
                sheet.write_datetime(number, column, value, day)
            elif isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write(number, column, value)
    book.close()


def text(value):
    """As a CSV file has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def metrics(dataset):
    values = {
        "rows": f"count({dataset})",
        "ids": f"count(distinct {dataset}.id)",
        "n": f"sum({dataset}.n)",
        "k": f"sum({dataset}.k)",
        "words": f"count(distinct {dataset}.word)",
        "coded": f"count({dataset} where word = '007')",
        "lengths": f"sum({dataset}.long)",
        "flags": f"count({dataset} where flag)",
        "no_flags": f"count({dataset} where not flag)",
        "late": f"count({dataset} where at >= 2026-03-03)",
    }
    for name, value in values.items():
        yield f'  {dataset}_{name}: {{ category: effect, question: What is it?, value: "{value}" }}\n'


def main():
    folder = pathlib.Path(sys.argv[1])
    (folder / "specs").mkdir()
    (folder / "data").mkdir()
    some = random.Random(7)
    datasets, values = "datasets:\n", "metrics:\n"
    for number in range(12):
        table = list(rows(some))
        above = [["A report"], []][: some.randrange(3)]
        name = some.choice(["Plan", "Rows of 2026", "Ümläute & co"])
        write = by_xlsxwriter if number % 2 else by_openpyxl
        write(folder / f"data/{number}.xlsx", name, above, table)
        with open(folder / f"data/{number}.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS] + [[text(value) for value in row] for row in table])
        for letter, ending in [("x", f'xlsx, xlsx: {{ sheet: "{name}", skip_first: {len(above)} }}'), ("c", "csv")]:
            columns = HEADER.replace(" }", ", long: { value: length(word) } }")
            datasets += f"  {letter}{number}: {{ from: data/{number}.{ending}, kind: events, time: day, columns: {columns} }}\n"
            values += "".join(metrics(f"{letter}{number}"))
    (folder / "specs/all.yaml").write_text(datasets + values, encoding="utf-8")
    (folder / "milepost.yaml").write_text("project: books\nedition: 2026\nas_of: 2026-06-30\nhistory: 6 months\n")


main()
