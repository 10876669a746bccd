"""Which failures of a request tell that it never left: only then may it be sent again without asking."""

import httpx2

NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.InvalidURL,
    httpx2.LocalProtocolError,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
"""After anything else that goes wrong on the way nobody knows whether a request arrived."""
