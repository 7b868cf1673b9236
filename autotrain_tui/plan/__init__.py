"""What to train: pure data and rules; no clock, no process, nothing imported from above."""
