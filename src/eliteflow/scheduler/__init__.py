"""One cycle after another: universe, data, analysis, report."""
