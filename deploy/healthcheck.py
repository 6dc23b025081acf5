"""Whether the server in this container answers: exit status 0 or 1, for HEALTHCHECK.

http.client rather than urllib.request: a proxy in the environment must not come between. The certificate is not
verified, because it names the server as clients call it and not 127.0.0.1.
"""

import http.client
import os
import ssl
import sys

PORT = 8632
TIMEOUT_S = 3


def main() -> int:
    """The exit status; the reason of a failure goes to standard error, where `docker inspect` shows it."""
    connection: http.client.HTTPConnection
    if os.environ.get("MODELRY_TLS_CERT"):
        context = ssl._create_unverified_context()  # noqa: S323, SLF001 - see above
        connection = http.client.HTTPSConnection("127.0.0.1", PORT, timeout=TIMEOUT_S, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"/healthz did not answer: {error}\n")
        return 1
    if status != http.client.OK:
        sys.stderr.write(f"/healthz answered {status}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
