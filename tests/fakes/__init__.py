"""The platforms as real HTTP servers on localhost, for tests and for chatting by hand."""
