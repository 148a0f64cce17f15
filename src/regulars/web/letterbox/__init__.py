"""Every outgoing message of every channel, and those on which a person must decide."""
