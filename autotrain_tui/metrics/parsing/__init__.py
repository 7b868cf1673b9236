"""From bytes to numbers: lines, labels, bars, the state of a reader."""
