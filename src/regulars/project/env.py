"""The environment as the composition root sees it, read once, when the settings are.

What the variables mean and how they are checked stands in base/environment.py, which the command line reads too.
"""

from regulars.base.environment import Env, EnvError, load

__all__ = ["Env", "EnvError", "env", "load"]

env: Env = load()
"""This process's environment."""
