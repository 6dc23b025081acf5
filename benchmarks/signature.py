"""What it costs to check a signature: claim, clock window and verification together, in microseconds.

Run with `python benchmarks/signature.py`. Each row is the whole check of one request, as the server makes it: the
median of many rounds, and the best round, which says more on a machine that does other things as well.
"""

import json
import statistics
import time

from modelry.access.canonical import decode_query, join_headers
from modelry.access.signature import SignedRequest, SigningKey, check_window, parse_claim, sign_acs3, sign_roa, verify

KEY_ID = "LTAI5tBenchmarkKey0001"
KEY = SigningKey("BenchmarkSecret0123456789abcde")
NOW = 1_767_323_045
NONCE = "00112233445566778899aabbccddeeff"
BASE_HEADERS = {
    b"host": b"127.0.0.1:8080",
    b"accept": b"application/json",
    b"accept-encoding": b"identity",
    b"user-agent": b"AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2",
    b"x-acs-action": b"GetModel",
    b"x-acs-version": b"2021-02-04",
    b"x-acs-credentials-provider": b"static_ak",
}
LIST_QUERY = (
    b"WorkspaceId=123456&PageNumber=1&PageSize=20&SortBy=GmtCreateTime&Order=DESC"
    b"&Tag=%5B%7B%22Key%22%3A%22team%22%2C%22Value%22%3A%22nlp%22%7D%5D"
)
BODY = json.dumps({"ModelName": "bench", "ModelDescription": "x" * 2450}).encode()


def request(method: str, path: bytes, query: bytes = b"", body: bytes = b"") -> SignedRequest:
    """A request with the headers of the Python SDK."""
    content_type = {b"content-type": b"application/json; charset=utf-8"} if body else {}
    return SignedRequest(method, path, decode_query(query), BASE_HEADERS | content_type, body)


REQUESTS = {
    "GET, one model": request("GET", b"/api/v1/models/model-abc123"),
    "GET, list with 6 query parameters": request("GET", b"/api/v1/models", LIST_QUERY),
    "POST, body of 2.5 KB": request("POST", b"/api/v1/models", body=BODY),
}


def check_us(signed: SignedRequest, *, rounds: int = 41, calls: int = 500) -> list[float]:
    """The mean time of one check in each round."""
    samples = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(calls):
            claim = parse_claim(signed.headers)
            check_window(claim.time, NOW)
            verify(claim, signed, KEY)
        samples.append((time.perf_counter() - start) / calls * 1e6)
    return samples


def main() -> None:
    """Print the table."""
    print(f"{'':54}median    best")
    for label, plain in REQUESTS.items():
        for scheme, sign in (("ACS3-HMAC-SHA256", sign_acs3), ("ROA HMAC-SHA1", sign_roa)):
            added = sign(plain, KEY_ID, KEY, time=NOW, nonce=NONCE)
            signed = plain._replace(headers=join_headers([*plain.headers.items(), *added.items()]))
            samples = check_us(signed)
            print(f"{scheme:18}{label:36}{statistics.median(samples):6.1f}{min(samples):8.1f}")


if __name__ == "__main__":
    main()
