"""Schemes as text: read, check, publish; and the enrolments that were set aside."""
