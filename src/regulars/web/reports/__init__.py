"""Figures on the staff's screens: an operator's day and what it has earned."""
