"""One module per screen, a .tcss beside each."""
