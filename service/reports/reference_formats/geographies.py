"""Practice to network, CCG or sub-ICB, STP or ICB and region, as published with QOF from 2019-20
(`MAPPING_NHS_GEOGRAPHIES_…`). It says no date: it holds from 1 April of the QOF year in its name.
"""

from service import db
from service.register.organisations import PracticeGeography
from service.reports.reference_format import Cells, Edition, ReferenceFormat, Row, practice_code


def _read(cells: Cells, edition: Edition) -> Row:
    return {
        **cells,
        "practice_code": practice_code(cells["practice_code"]),
        "valid_from": edition.year_starts_on,
        "source": edition.source,
    }


GEOGRAPHIES = ReferenceFormat(
    name="practice geographies (MAPPING_NHS_GEOGRAPHIES)",
    columns={
        "practice_code": ("PRACTICE_CODE",),
        "practice_name": ("PRACTICE_NAME",),
        "pcn_code": ("PCN_ODS_CODE",),
        "pcn_name": ("PCN_NAME",),
        "sub_icb_code": ("CCG_ODS_CODE", "SUB_ICB_LOC_ODS_CODE", "SUB_ICB_ODS_CODE"),
        "sub_icb_ons_code": ("CCG_ONS_CODE", "SUB_ICB_LOC_ONS_CODE", "SUB_ICB_ONS_CODE"),
        "sub_icb_name": ("CCG_NAME", "SUB_ICB_LOC_NAME", "SUB_ICB_NAME"),
        "icb_code": ("STP_ODS_CODE", "ICB_ODS_CODE"),
        "icb_ons_code": ("STP_ONS_CODE", "ICB_ONS_CODE"),
        "icb_name": ("STP_NAME", "ICB_NAME"),
        "region_code": ("REGION_ODS_CODE",),
        "region_ons_code": ("REGION_ONS_CODE",),
        "region_name": ("REGION_NAME",),
    },
    table=db.table(PracticeGeography),
    read=_read,
    makes_known=True,
)
