"""Channels: each turns what its platform sends into an Inbound, and a Reply into what it shows."""
