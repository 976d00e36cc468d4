"""Small invented files in the shapes that the NHS publishes."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

LIST_HEADER = "PUBLICATION,EXTRACT_DATE,TYPE,CCG_CODE,ONS_CCG_CODE,CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS"
NEW_LIST_HEADER = LIST_HEADER.replace("ONS_CCG_CODE", "ONS_SUB_ICB_LOCATION_CODE").replace(
    "CCG_CODE", "SUB_ICB_LOCATION_CODE"
)
GEOGRAPHY_HEADER = (
    "NAT_ONS_CODE,NAT_CODE,COUNTRY,REGION_ODS_CODE,REGION_ONS_CODE,REGION_NAME,STP_ODS_CODE,STP_ONS_CODE,STP_NAME,"
    "CCG_ODS_CODE,CCG_ONS_CODE,CCG_NAME,PCN_ODS_CODE,PCN_NAME,PRACTICE_CODE,PRACTICE_NAME"
)

BANDS_HEADER = "PUBLICATION,EXTRACT_DATE,ORG_TYPE,ORG_CODE,ONS_CODE,POSTCODE,SEX,AGE_GROUP_5,NUMBER_OF_PATIENTS"
AGES_HEADER = "EXTRACT_DATE,CCG_CODE,ONS_CCG_CODE,ORG_CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS"
DEPRIVATION_HEADER = "Indicator ID,Indicator Name,Parent Code,Area Code,Area Name,Area Type,Sex,Age,Time period,Value"


def list_line(code: str, patients: object, on: str = "01JAN2021") -> str:
    return f"GP_PRAC_PAT_LIST,{on},GP,99A,E38999999,{code},ZZ1 1ZZ,ALL,ALL,{patients}"


def geography_line(code: str, pcn: str = "U99001", sub_icb: str = "99A", name: str = "Invented Surgery") -> str:
    return (
        f"E92000001,ENG,England,Y99,E40999999,Middle,Q99,E54999999,Invented STP,{sub_icb},E38999999,"
        f"NHS Invented {sub_icb},{pcn},Network {pcn},{code},{name}"
    )


def ods_line(code: str, *, status: str = "A", setting: str = "4", opened: str = "20010101", closed: str = "") -> str:
    cells = [""] * 27
    cells[0], cells[1], cells[9] = code, "INVENTED SURGERY", "ZZ1 1ZZ"
    cells[10], cells[11], cells[12], cells[25] = opened, closed, status, setting
    return ",".join(f'"{cell}"' for cell in cells)


def written(folder: Path, name: str, *lines: str, encoding: str = "utf-8", end: str = "\n") -> Path:
    path = folder / name
    path.write_bytes(end.join([*lines, ""]).encode(encoding))
    return path


def band_line(code: str, band: str, patients: object, *, sex: str = "FEMALE", kind: str = "GP") -> str:
    return f"GP_PRAC_PAT_LIST,01JAN2021,{kind},{code},E38999999,ZZ1 1ZZ,{sex},{band},{patients}"


def age_line(code: str, age: object, patients: object, *, sex: str = "FEMALE", on: str = "01JAN2021") -> str:
    return f"{on},99A,E38999999,{code},ZZ1 1ZZ,{sex},{age},{patients}"


def deprivation_line(code: str, score: object, *, kind: str = "GP", indicator: str = "93553") -> str:
    return f"{indicator},Deprivation score (IMD 2019),E92000001,{code},Invented,{kind},Persons,All ages,2019,{score}"


def life_table_sheet(male: Sequence[float], female: Sequence[float], area: str = "England") -> list[list[object]]:
    """The rates of ages 0, 1 and so on, males beside females."""
    rates = enumerate(zip(male, female, strict=True))
    return [
        [f"National Life Tables, {area}, period expectation of life"],
        ["National life tables, Males", "", "", "National life tables, Females", ""],
        ["age", "mx", "", "age", "mx"],
        *([age, men, "", age, women] for age, (men, women) in rates),
    ]


def population_sheet(people: Mapping[str, Sequence[object]]) -> list[list[object]]:
    """The people of each area at ages 0, 1 and so on; the last age is open."""
    ages = max(len(counts) for counts in people.values()) - 1
    return [
        ["Contents"],
        ["Area Codes ", "Area Names", "All Ages", *range(ages), f"{ages}+"],
        [],
        *([code, "Invented", "", *counts] for code, counts in people.items()),
    ]


_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CELLS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def book(folder: Path, name: str, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """A workbook with as little as Excel would open."""
    listed = "".join(
        f'<sheet name={quoteattr(title)} sheetId="{at}" r:id="r{at}"/>' for at, title in enumerate(sheets, 1)
    )
    related = "".join(
        f'<Relationship Id="r{at}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at, _ in enumerate(sheets, 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r0" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_CELLS}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
    }
    for at, rows in enumerate(sheets.values(), 1):
        written_rows = "".join(f'<row r="{number}">{_row(number, row)}</row>' for number, row in enumerate(rows, 1))
        parts[f"xl/worksheets/sheet{at}.xml"] = (
            f'<worksheet xmlns="{_CELLS}"><sheetData>{written_rows}</sheetData></worksheet>'
        )
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return path


def _row(number: int, cells: Sequence[object]) -> str:
    placed = ((f"{chr(65 + at)}{number}", cell) for at, cell in enumerate(cells) if cell != "")
    return "".join(
        f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        if isinstance(cell, str)
        else f'<c r="{place}"><v>{cell}</v></c>'
        for place, cell in placed
    )
