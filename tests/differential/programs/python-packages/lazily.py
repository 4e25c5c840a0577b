VALUE = "imported when it was called"
