"""The FAQ knows: Vietnamese as residents type it."""
