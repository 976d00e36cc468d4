"""The statistics of the reports: small, without a library, each held to a published example by a test of its module.

| What | Module | Source |
|---|---|---|
| intervals of proportions and of their differences | `proportions` | Wilson 1927; Newcombe 1998 |
| observed over expected | `ratios` | Byar, in Breslow and Day 1987 |
| exact tails and limits of a binomial count | `binomial` | Manktelow and Seaton 2012 |
| funnel plot, overdispersion | `funnel`, `chi_squared` | Spiegelhalter 2005 |
| chart over time, icons | `run_chart`, `spc_rules` | NHS England, Making Data Count |
| median and quartiles of days | `durations` | Hyndman and Fan 1996 |
| slope index of inequality | `inequality` | Low and Low 2004; Public Health England |

They take what a report shows, after disclosure control: a signal that came from hidden or unrounded counts would give
these away.
"""

from service.reports.statistics.proportions import newcombe, wilson
from service.reports.statistics.ratios import byar, observed_over_expected

__all__ = ["byar", "newcombe", "observed_over_expected", "wilson"]
