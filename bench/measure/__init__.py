"""Taking measurements: where things are, what is run, how often and in which order, and on which machine."""
