"""Unit tests of the SLO rules, in promtool's form, as data.

Nothing here comes from the rules' renderer: minutes, windows and thresholds are worked out by hand.
"""
