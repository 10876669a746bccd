"""What lessons and questions have in common: files written by people, with sources and dates."""
