"""Which pictures a report has, and the words beside them: what each shows, and what it does not.

Nothing is drawn that the report does not show as a figure: all of it is after disclosure control and rounding.
"""
