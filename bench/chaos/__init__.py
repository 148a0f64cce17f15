"""Kills, restarts and what must hold afterwards: a throw-away installation under load, and oracles of its own.

`python -m bench.chaos kill --runs 100 --seed 1`, or `regulars chaos kill …` from a checkout. Nothing that the product
says about itself is believed: the sinks' logs and plain SQL are.
"""
