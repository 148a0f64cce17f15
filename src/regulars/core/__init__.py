"""The pure core: the scheme language and the engine's decisions. No Django, no I/O, no clock, no chance."""
