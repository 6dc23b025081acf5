"""Whose address counts, and what a sender may write without being believed."""

from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry.server.peer import Peer, Proxies
from modelry.settings import SettingsError, loaded

PROXY = "10.0.0.1"
CLIENT = "203.0.113.7"
TRUSTED = "10.0.0.0/8"

Headers = list[tuple[bytes, bytes]]


def forwarded(*values: str, name: bytes = b"x-forwarded-for") -> Headers:
    """A header for each value, in this order."""
    return [(name, value.encode("latin-1")) for value in values]


def peer(
    headers: Iterable[tuple[bytes, bytes]] = (),
    *,
    connection: str | None = PROXY,
    scheme: str = "http",
    trusted: Iterable[str] = (TRUSTED,),
    query: bytes = b"",
) -> Peer:
    scope = {
        "client": (connection, 50000) if connection is not None else None,
        "scheme": scheme,
        "headers": list(headers),
        "query_string": query,
    }
    return Proxies(map(ip_network, trusted)).peer(scope)


def source(headers: Headers, connection: str = PROXY, trusted: Iterable[str] = (TRUSTED,)) -> str:
    return peer(headers, connection=connection, trusted=trusted).source


# Nobody is trusted.

header_names = st.sampled_from(
    [
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"forwarded",
        b"x-real-ip",
        b"x-acs-source-ip",
        b"x-acs-secure-transport",
    ]
)
header_values = st.one_of(st.ip_addresses().map(str), st.sampled_from(["http", "https", "true"]), st.text())
written = st.lists(st.tuples(header_names, header_values.map(lambda text: text.encode("utf-8", "replace"))))


@given(st.ip_addresses(v=4).map(str), st.sampled_from(["http", "https"]), written)
def test_without_trusted_proxies_only_the_connection_counts(address: str, scheme: str, headers: Headers) -> None:
    assert peer(headers, connection=address, scheme=scheme, trusted=()) == Peer(address, scheme == "https")


@given(st.ip_addresses(network="203.0.113.0/24").map(str), st.sampled_from(["http", "https"]), written)
def test_of_an_untrusted_connection_only_the_connection_counts(address: str, scheme: str, headers: Headers) -> None:
    assert peer(headers, connection=address, scheme=scheme) == Peer(address, scheme == "https")


def test_a_connection_without_an_address_has_no_source_and_is_not_trusted() -> None:
    assert peer(forwarded(CLIENT), connection=None, trusted=("0.0.0.0/0", "::/0")) == Peer("", secure=False)


# The source behind a trusted proxy.


def test_the_client_of_a_trusted_proxy_is_the_source() -> None:
    assert source(forwarded(CLIENT)) == CLIENT


@given(written, st.text(st.characters(codec="latin-1"), max_size=60))
def test_what_the_client_wrote_itself_never_wins(others: Headers, claimed: str) -> None:
    """A proxy adds the address that it sees at the end, to the same header or as one more."""
    appended = [*others, *forwarded(f"{claimed}, {CLIENT}")]
    as_one_more = [*others, *forwarded(claimed), *forwarded(CLIENT)]
    assert source(appended) == source(as_one_more) == CLIENT


def test_a_client_that_claims_to_be_a_proxy_is_found_out() -> None:
    assert source(forwarded(f"198.51.100.9, {PROXY}, {CLIENT}, 10.0.0.2")) == CLIENT


def test_repeated_headers_are_read_in_the_order_in_which_they_came() -> None:
    """Joined for a signature, they would be sorted."""
    assert source(forwarded("9.9.9.9", "1.1.1.1")) == "1.1.1.1"
    assert source(forwarded("1.1.1.1", "9.9.9.9")) == "9.9.9.9"


def test_behind_several_trusted_proxies_the_first_other_address_is_the_source() -> None:
    assert source(forwarded(f"{CLIENT}, 10.9.9.9, 10.0.0.2")) == CLIENT


def test_a_client_inside_the_trusted_network_is_the_one_furthest_away() -> None:
    assert source(forwarded("10.1.1.1, 10.2.2.2")) == "10.1.1.1"


def test_a_proxy_that_says_nothing_is_the_source_itself() -> None:
    assert source([]) == PROXY
    assert source(forwarded("")) == PROXY


@pytest.mark.parametrize(
    "entry", ["unknown", "_hidden", "", "10.0.0.300", "10.0.0", "1.2.3.4:port", "[::1", "::1]", "10.0.0.2 1.2.3.4", "é"]
)
def test_a_malformed_entry_ends_the_search_at_the_last_good_one(entry: str) -> None:
    assert source(forwarded(f"{CLIENT}, {entry}, 10.0.0.2")) == "10.0.0.2"
    assert source(forwarded(f"{CLIENT}, {entry}")) == PROXY


@pytest.mark.parametrize("entry", ["fe80::1%eth0", 'fe80::1%","Status":200,"x":"'])
def test_a_zone_is_malformed(entry: str) -> None:
    """It may hold any character, and the source is written into the log as it is."""
    assert source(forwarded(entry)) == PROXY


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        (f"{CLIENT}:50123", CLIENT),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:50123", "2001:db8::7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        (f"::ffff:{CLIENT}", CLIENT),
        (f"[::ffff:{CLIENT}]:50123", CLIENT),
    ],
)
def test_ports_brackets_and_spellings_of_an_address_are_understood(entry: str, address: str) -> None:
    assert source(forwarded(entry)) == address


def test_an_ipv4_connection_accepted_by_an_ipv6_socket_is_an_ipv4_one() -> None:
    assert source([], connection=f"::ffff:{CLIENT}", trusted=()) == CLIENT
    assert source(forwarded(CLIENT), connection=f"::ffff:{PROXY}") == CLIENT


def test_an_ipv6_connection_stays_one() -> None:
    assert source([], connection="::ffff:1:2:3", trusted=()) == "::ffff:1:2:3"


def test_a_proxy_may_be_trusted_by_its_ipv6_address() -> None:
    assert source(forwarded(CLIENT), connection="2001:db8::1", trusted=("2001:db8::1",)) == CLIENT
    assert source(forwarded(CLIENT), connection="2001:db8::2", trusted=("2001:db8::1",)) == "2001:db8::2"


def test_more_addresses_than_are_remembered_are_told_apart() -> None:
    proxies = Proxies([ip_network(TRUSTED)])
    for number in range(10_000):
        client = f"203.{number >> 8}.{number & 255}.1"
        scope = {"client": (PROXY, 1), "scheme": "http", "headers": forwarded(f"{PROXY}, {client}, 10.0.0.2")}
        assert proxies.peer(scope).source == client


@pytest.mark.parametrize("name", [b"x-acs-source-ip", b"x-real-ip", b"x-client-ip", b"client-ip"])
def test_no_other_header_names_the_source_even_from_a_trusted_proxy(name: bytes) -> None:
    assert source(forwarded(CLIENT, name=name)) == PROXY


def test_forwarded_is_not_read() -> None:
    assert peer([(b"forwarded", f"for={CLIENT};proto=https".encode())]) == Peer(PROXY, secure=False)


def test_parameters_name_neither_source_nor_transport() -> None:
    said = peer(forwarded("9.9.9.9"), query=f"SourceIp={CLIENT}&SecureTransport=true".encode())
    assert said == Peer("9.9.9.9", secure=False)


# Whether it is secure.


@pytest.mark.parametrize(
    ("scheme", "protocols", "secure"),
    [
        ("http", ["https"], True),
        ("http", ["HTTPS"], True),
        ("https", ["http"], False),
        ("http", ["http, https"], True),
        ("http", ["https, http"], False),
        ("http", ["https", "http"], False),
        ("https", ["wss"], False),
        ("https", [], True),
        ("http", [], False),
    ],
)
def test_a_trusted_proxy_says_whether_its_client_used_tls(scheme: str, protocols: list[str], secure: bool) -> None:
    """The last value is the nearest proxy's; where it says nothing, its own connection counts."""
    headers = forwarded(CLIENT) + forwarded(*protocols, name=b"x-forwarded-proto")
    assert peer(headers, scheme=scheme) == Peer(CLIENT, secure)


def test_x_acs_secure_transport_is_never_trusted() -> None:
    assert not peer(forwarded("true", name=b"x-acs-secure-transport")).secure


# The setting.


def test_the_setting_is_empty_unless_given() -> None:
    assert loaded({}, {}).trusted_networks == ()


def test_the_setting_is_a_list_in_toml_and_has_commas_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "modelry.toml"
    file.write_text('trusted_proxies = ["10.0.0.0/8", "2001:db8::1"]')
    networks = (ip_network("10.0.0.0/8"), ip_network("2001:db8::1"))
    assert loaded({}, {}, file).trusted_networks == networks
    assert loaded({}, {"MODELRY_TRUSTED_PROXIES": "10.0.0.0/8,2001:db8::1"}).trusted_networks == networks
    assert loaded({"trusted_proxies": " 10.0.0.0/8 , 2001:db8::1 "}, {}).trusted_networks == networks


def test_an_empty_flag_takes_the_proxies_of_the_environment_back() -> None:
    assert loaded({"trusted_proxies": ""}, {"MODELRY_TRUSTED_PROXIES": "10.0.0.0/8"}).trusted_networks == ()


@pytest.mark.parametrize("wrong", ["10.0.0.1/8", "10.0.0.0/33", "proxy.example.com", "10.0.0.1,", "10.0.0.1:80", "1"])
def test_what_is_no_address_or_network_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"^trusted_proxies: '.*' is neither an address nor a network"):
        loaded({"trusted_proxies": wrong}, {})


@pytest.mark.parametrize("wrong", ["::ffff:10.0.0.1", "::ffff:10.0.0.0/104"])
def test_an_ipv4_network_written_as_ipv6_is_refused(wrong: str) -> None:
    """No address would ever be in it, because these are written as IPv4."""
    with pytest.raises(SettingsError, match="write it as that"):
        loaded({"trusted_proxies": wrong}, {})


def test_a_list_of_other_things_than_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "modelry.toml"
    file.write_text("trusted_proxies = [10]")
    with pytest.raises(SettingsError, match="trusted_proxies"):
        loaded({}, {}, file)
