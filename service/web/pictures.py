"""Which pictures a report has, and the words beside them."""

from service.reports import words
from service.reports.measure import Report
from service.web.charts import run_chart
from service.web.charts.axes import Frame
from service.web.charts.run_chart import Month, RunChart


def trend(report: Report) -> RunChart | None:
    """The run chart of all; None where fewer than two points have a figure to draw."""
    months = [
        Month(point.on, f"{words.day(point.on)}: {words.percent(rate)}", rate if isinstance(rate, float) else None)
        for point in report.trend
        for rate in [point.figures.rate]
    ]
    if sum(month.value is not None for month in months) < 2:
        return None
    text = "The dashed line is the baseline. The table below has every figure."
    frame = Frame("trend-picture", "Share of the registered list that is on the register, over time", text)
    baseline = f"baseline: {report.baseline.rate:.1%}"
    return run_chart.draw(frame, months, up="Share", target=report.baseline.rate, target_text=baseline)
