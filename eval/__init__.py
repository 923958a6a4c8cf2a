"""How good a translation is: metrics, significance, checks and reports."""
