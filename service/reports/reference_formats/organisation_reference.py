"""Practice to CCG, STP and region, as published with QOF to 2018-19 (`ORGANISATION_REFERENCE_…`), before networks.

It says no date: it holds from 1 April of the QOF year in its name. Its STP codes are ONS's, even in `STP_CODE`.
"""

from service import db
from service.register.organisations import PracticeGeography
from service.reports.reference_format import Cells, Edition, ReferenceFormat, Row, practice_code


def _read(cells: Cells, edition: Edition) -> Row:
    return {
        **{key: value for key, value in cells.items() if key != "country"},
        "practice_code": practice_code(cells["practice_code"]),
        "valid_from": edition.year_starts_on,
        "pcn_code": "",
        "pcn_name": "",
        "icb_code": "",
        "source": edition.source,
    }


ORGANISATION_REFERENCE = ReferenceFormat(
    name="practice geographies to 2018-19 (ORGANISATION_REFERENCE)",
    columns={
        "practice_code": ("PRACTICE_CODE",),
        "practice_name": ("PRACTICE_NAME",),
        "sub_icb_code": ("CCG_CODE",),
        "sub_icb_ons_code": ("CCG_GEOGRAPHY_CODE", "CCG_ONS_CODE"),
        "sub_icb_name": ("CCG_NAME",),
        "icb_ons_code": ("STP_CODE", "STP_ONS_CODE"),
        "icb_name": ("STP_NAME",),
        "region_code": ("REGION_CODE",),
        "region_ons_code": ("REGION_GEOGRAPHY_CODE", "REGION_ONS_CODE"),
        "region_name": ("REGION_NAME",),
        "country": ("COUNTRY",),
    },
    table=db.table(PracticeGeography),
    read=_read,
    makes_known=True,
)
