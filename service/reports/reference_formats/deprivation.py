"""How deprived practices are: indicator 93553 of OHID's Fingertips (`indicator-data_93553…`), the score of the Index of
Multiple Deprivation; higher is more deprived. Lines of other areas than practices, such as England, are passed over.
"""

from service import db
from service.register.organisations import Deprivation
from service.reports.reference_format import Cells, Edition, LineError, ReferenceFormat, Row, figure, practice_code

INDICATOR = "93553"
HIGHEST = 100.0
"""No area can score more: IMD's domains are scaled to 100."""


def _read(cells: Cells, edition: Edition) -> Row | None:
    if cells["indicator"] != INDICATOR:
        raise LineError(f"Only indicator {INDICATOR}, the deprivation score of practices, is taken")
    if cells["area_type"] not in ("GP", "GPs"):
        return None
    year = cells["year"]
    if not (len(year) == 4 and year.isascii() and year.isdigit()):
        raise LineError("Time period is not a year such as 2019")
    return {
        "practice_code": practice_code(cells["practice_code"]),
        "year": int(year),
        "score": figure(cells["score"], "Value", at_most=HIGHEST),
        "source": edition.source,
    }


DEPRIVATION = ReferenceFormat(
    name="deprivation of practices (indicator-data_93553)",
    columns={
        "indicator": ("INDICATOR ID",),
        "practice_code": ("AREA CODE",),
        "area_type": ("AREA TYPE",),
        "year": ("TIME PERIOD",),
        "score": ("VALUE",),
    },
    table=db.table(Deprivation),
    read=_read,
)
