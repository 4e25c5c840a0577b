"""The others that we are measured against: how each is started, and why one is not there."""
