"""The office counts: what the ward types in, and the figures it gets back."""
