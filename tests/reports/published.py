"""Small invented files in the shapes that the NHS publishes."""

from pathlib import Path

LIST_HEADER = "PUBLICATION,EXTRACT_DATE,TYPE,CCG_CODE,ONS_CCG_CODE,CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS"
NEW_LIST_HEADER = LIST_HEADER.replace("ONS_CCG_CODE", "ONS_SUB_ICB_LOCATION_CODE").replace(
    "CCG_CODE", "SUB_ICB_LOCATION_CODE"
)
GEOGRAPHY_HEADER = (
    "NAT_ONS_CODE,NAT_CODE,COUNTRY,REGION_ODS_CODE,REGION_ONS_CODE,REGION_NAME,STP_ODS_CODE,STP_ONS_CODE,STP_NAME,"
    "CCG_ODS_CODE,CCG_ONS_CODE,CCG_NAME,PCN_ODS_CODE,PCN_NAME,PRACTICE_CODE,PRACTICE_NAME"
)


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
