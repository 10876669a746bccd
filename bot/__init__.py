"""The roof: settings, the composition root, the channels and the command line."""

__version__ = "0.1.0"
