"""Handlers speak: what the bot says, and the core that lets one message become one answer."""
