"""``report.html``: the report for people, one file that needs nothing from anywhere."""
