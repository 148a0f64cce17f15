"""The parts of the design system on one page, for those who build screens."""
