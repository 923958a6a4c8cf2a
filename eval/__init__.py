"""How good a translation is: metrics, per-segment statistics and reports."""
