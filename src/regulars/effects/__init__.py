"""Carrying out what schemes decide: one handler a kind of effect, each set-based, all in the decision's transaction.

`carry_out.carry_out` is the only entrance; who calls it leaves out effects whose identity is known already.
"""
