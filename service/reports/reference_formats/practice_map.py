"""Practice to network, CCG or sub-ICB, STP or ICB and region on the day of a list extract (`gp-reg-pat-prac-map`)."""

from service import db
from service.register.organisations import PracticeGeography
from service.reports.reference_format import Cells, Edition, ReferenceFormat, Row, day, practice_code


def _read(cells: Cells, edition: Edition) -> Row:
    return {
        **cells,
        "practice_code": practice_code(cells["practice_code"]),
        "valid_from": day(cells["valid_from"], "EXTRACT_DATE"),
        "source": edition.source,
    }


PRACTICE_MAP = ReferenceFormat(
    name="practice geographies (gp-reg-pat-prac-map)",
    columns={
        "practice_code": ("PRACTICE_CODE",),
        "valid_from": ("EXTRACT_DATE",),
        "practice_name": ("PRACTICE_NAME",),
        "pcn_code": ("PCN_CODE",),
        "pcn_name": ("PCN_NAME",),
        "sub_icb_code": ("CCG_CODE", "SUB_ICB_LOCATION_CODE"),
        "sub_icb_ons_code": ("ONS_CCG_CODE", "ONS_SUB_ICB_LOCATION_CODE"),
        "sub_icb_name": ("CCG_NAME", "SUB_ICB_LOCATION_NAME"),
        "icb_code": ("STP_CODE", "ICB_CODE"),
        "icb_ons_code": ("ONS_STP_CODE", "ONS_ICB_CODE"),
        "icb_name": ("STP_NAME", "ICB_NAME"),
        "region_code": ("COMM_REGION_CODE",),
        "region_ons_code": ("ONS_COMM_REGION_CODE",),
        "region_name": ("COMM_REGION_NAME",),
    },
    table=db.table(PracticeGeography),
    read=_read,
    makes_known=True,
)
