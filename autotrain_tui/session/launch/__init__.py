"""Before a session runs: what is checked, how it is created, how its runner is started and gets commands."""
