"""What the README claims about speed, as commands: loads, stacks and rounds. Imports nothing from `regulars`."""
