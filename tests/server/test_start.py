"""What a start makes, what it checks, what it refuses, and how a server ends."""

import asyncio
import fcntl
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path

import psutil
import pytest
import trustme
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_aiworkspace20210204.client import Client

from modelry import __version__
from tests.registry import Registry, running, started
from tests.wire_client import Wire, exchange, read_answer

MODELS = "/api/v1/models"
KEY = {"MODELRY_ROOT_ACCESS_KEY_ID": "LTAItestroot", "MODELRY_ROOT_ACCESS_KEY_SECRET": "a-secret-of-the-environment"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def refused(folder: Path, *arguments: str, **environment: str) -> str:
    """The one line with which a start is refused."""
    done = subprocess.run(
        [sys.executable, "-m", "modelry", "serve", "--data", str(folder), "--port", "0", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={**os.environ, **environment},
    )
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.splitlines()
    return line


def create(client: Client, name: str) -> str:
    model_id: str = client.create_model(m.CreateModelRequest(model_name=name)).body.model_id
    return model_id


def found(client: Client, model_id: str) -> str:
    name: str = client.get_model(model_id, m.GetModelRequest()).body.model_name
    return name


# The first start and later ones.


def test_a_first_start_is_ready_to_create_models(folder: Path) -> None:
    with running(folder) as server:
        client = server.sdk()
        assert found(client, create(client, "first")) == "first"


def test_a_restart_keeps_account_keys_and_data(folder: Path) -> None:
    with running(folder) as before:
        model_id = create(before.sdk(), "kept")
    with running(folder) as after:
        assert (after.account_id, after.key_id, after.secret) == (before.account_id, before.key_id, before.secret)
        assert found(after.sdk(), model_id) == "kept"


def test_the_folder_is_the_owners_alone(folder: Path) -> None:
    with running(folder) as server:
        create(server.sdk(), "m")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {"modelry.sqlite", "modelry.sqlite-wal", "sealing.key", "root_access_key.json"} <= modes.keys()
    assert {name: oct(mode) for name, mode in modes.items() if mode != 0o600} == {}


def test_the_banner_shows_the_secret_once(folder: Path) -> None:
    def banner() -> str:
        process = subprocess.Popen(
            [sys.executable, "-m", "modelry", "serve", "--data", str(folder), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        text = ""
        while "resourcemanager =" not in text and (line := process.stdout.readline()):
            text += line
        process.terminate()
        process.wait(20)
        return text + process.stdout.read()

    first, second = banner(), banner()
    key = json.loads((folder / "root_access_key.json").read_text())
    assert key["AccessKeySecret"] in first
    assert key["AccessKeySecret"] not in second
    assert key["AccessKeyId"] in second
    for text in (first, second):
        assert "aliyun aiworkspace ListModels --endpoint 127.0.0.1:" in text
        assert 'account_type = "Domestic"' in text


def test_the_root_key_is_taken_from_the_environment_and_no_file_is_written(folder: Path) -> None:
    with running(folder, **KEY) as server:
        assert server.key_id == "LTAItestroot"
        create(server.sdk(), "m")
    assert not (folder / "root_access_key.json").exists()


def test_the_root_key_is_taken_from_files(folder: Path, tmp_path: Path) -> None:
    files = {}
    for name, value in KEY.items():
        path = tmp_path / name
        path.write_text(f"{value}\n")
        files[f"{name}_FILE"] = str(path)
    with running(folder, **files, **dict.fromkeys(KEY, "")) as server:
        key_id, secret = KEY.values()
        create(replace(server, key_id=key_id, secret=secret).sdk(), "m")


def test_a_given_account_and_region_are_served(folder: Path) -> None:
    with running(folder, "--account-id", "1234567890123456", "--region", "eu-central-1") as server:
        assert server.account_id == "1234567890123456"
        model_id = create(server.sdk(), "m")
        assert server.sdk().get_model(model_id, m.GetModelRequest()).body.owner_id == "1234567890123456"


@pytest.mark.parametrize("given", [{}, KEY], ids=["generated", "given"])
def test_no_secret_lies_open_in_the_database_or_in_the_log(folder: Path, given: dict[str, str]) -> None:
    with running(folder, **given) as server:
        Wire(server).ask("GET", f"{MODELS}?Query=hidden-words")
        Wire(server).ask("POST", MODELS, {"ModelName": "hidden-name"})
        lines = server.log_lines()
    secret = server.secret.encode()
    readable = [path for path in folder.iterdir() if secret in path.read_bytes()]
    assert readable == ([] if given else [folder / "root_access_key.json"])
    log = server.log.read_bytes()
    for hidden in (secret, b"hidden-words", b"hidden-name", b"Signature"):
        assert hidden not in log
    assert len(lines) == 2


# Refusals.


def test_a_second_server_on_the_same_folder_is_refused(folder: Path) -> None:
    with running(folder) as first:
        line = refused(folder)
        assert line == (f"modelry: the data folder {folder} is in use by another server (process {first.process.pid})")
        create(first.sdk(), "the first goes on")


def test_a_second_server_is_refused_while_a_worker_of_a_killed_parent_may_still_live(folder: Path) -> None:
    first = started(folder)
    workers = psutil.Process(first.process.pid).children(recursive=True)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == [], "a worker outlives its parent"
    with running(folder) as second:
        create(second.sdk(), "free again")


def test_a_port_that_is_taken_is_refused(folder: Path, registry: Registry) -> None:
    line = refused(folder, "--port", str(registry.port))
    assert line.startswith(f"modelry: cannot listen on 127.0.0.1:{registry.port}: Address already in use")
    assert "--port" in line
    assert not folder.exists()


def test_a_port_that_anybody_listens_on_is_refused(folder: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        assert "Address already in use" in refused(folder, "--port", str(other.getsockname()[1]))


def test_an_address_of_another_machine_is_refused(folder: Path) -> None:
    assert "cannot listen on 192.0.2.1" in refused(folder, "--host", "192.0.2.1")


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    line = refused(tmp_path / "file" / "data")
    assert f"the data folder {tmp_path}/file/data cannot be written" in line


def test_a_file_that_is_no_database_is_refused(folder: Path) -> None:
    folder.mkdir()
    (folder / "modelry.sqlite").write_bytes(b"not a database, for sure" * 100)
    assert "modelry.sqlite" in refused(folder)
    assert (folder / "modelry.sqlite").read_bytes() == b"not a database, for sure" * 100


def made(folder: Path, **environment: str) -> Registry:
    with running(folder, **environment) as server:
        return server


def changed(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "modelry.sqlite")) as raw, raw:
        raw.execute(sql)


def test_data_of_a_newer_version_is_refused(folder: Path) -> None:
    made(folder)
    changed(folder, "UPDATE schema_version SET version = 1000, oldest_program = 999")
    line = refused(folder)
    assert "newer version" in line
    assert "1000" in line


def test_data_of_a_newer_version_that_this_one_can_live_with_is_served(folder: Path) -> None:
    made(folder)
    changed(folder, "UPDATE schema_version SET version = 1000")
    made(folder)


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(folder: Path) -> None:
    made(folder)
    changed(folder, "UPDATE migrations SET sha256 = 'another' WHERE family = 'labels'")
    assert "labels/0001_labels.sqlite.sql was changed" in refused(folder)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--account-id", "9999999999999999"), "9999999999999999"),
        (("--region", "us-west-1"), "us-west-1"),
    ],
)
def test_another_account_or_region_than_that_of_the_data_is_refused(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    server = made(folder)
    line = refused(folder, *arguments)
    assert said in line
    assert (server.account_id if "account" in arguments[0] else "cn-hangzhou") in line


def test_another_root_key_than_that_of_the_data_is_refused_without_its_secret(folder: Path) -> None:
    server = made(folder)
    line = refused(folder, **KEY)
    assert server.key_id in line
    assert KEY["MODELRY_ROOT_ACCESS_KEY_SECRET"] not in line
    assert server.secret not in line


def test_another_sealing_key_than_that_of_the_data_is_refused(folder: Path) -> None:
    made(folder)
    assert "LTAI5t" in refused(folder, MODELRY_SEALING_KEY="00" * 32)


def test_a_lost_sealing_key_is_refused_and_not_made_anew(folder: Path) -> None:
    made(folder)
    (folder / "sealing.key").unlink()
    assert "sealing.key is missing" in refused(folder)
    assert not (folder / "sealing.key").exists()


def test_the_sealing_key_may_come_from_the_environment_alone(folder: Path) -> None:
    with running(folder, MODELRY_SEALING_KEY="ab" * 32) as server:
        create(server.sdk(), "m")
    assert not (folder / "sealing.key").exists()
    with running(folder, MODELRY_SEALING_KEY="ab" * 32) as server:
        create(server.sdk(), "n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--workers", "0"), "workers"),
        (("--account-id", "12"), "account_id"),
        (("--region", "no spaces"), "region"),
        (("--synchronous", "OFF"), "synchronous"),
        (("--tls-cert", "cert.pem"), "tls_cert and tls_key"),
        (("--max-body-bytes", "many"), "max_body_bytes"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(folder, *arguments)
    assert not folder.exists()


def test_half_a_root_key_is_refused(folder: Path) -> None:
    assert "together" in refused(folder, MODELRY_ROOT_ACCESS_KEY_ID="LTAItestroot")


def test_a_secret_file_that_is_not_there_is_refused(folder: Path) -> None:
    assert "MODELRY_SEALING_KEY_FILE" in refused(folder, MODELRY_SEALING_KEY_FILE="/nonexistent")


def test_an_unknown_flag_is_refused_with_the_exit_code_for_it(folder: Path) -> None:
    command = [sys.executable, "-m", "modelry", "serve", "--sealing-key", "00"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2


# HTTPS.


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secure(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    place = tmp_path_factory.mktemp("tls")
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(place / "cert.pem")
    certificate.private_key_pem.write_to_path(place / "key.pem")
    authority.cert_pem.write_to_path(place / "ca.pem")
    with running(place / "data", "--tls-cert", str(place / "cert.pem"), "--tls-key", str(place / "key.pem")) as server:
        yield server


def test_the_sdk_speaks_https_by_the_authority_of_the_certificate(secure: Registry) -> None:
    assert secure.protocol == "https"
    client = secure.sdk(ca=str(secure.folder.parent / "ca.pem"))
    assert found(client, create(client, "secret")) == "secret"


def test_the_asynchronous_sdk_speaks_https_too(secure: Registry) -> None:
    client = secure.sdk(ca=str(secure.folder.parent / "ca.pem"))
    made_by_it = asyncio.run(client.create_model_async(m.CreateModelRequest(model_name="asynchronous"))).body
    assert found(client, made_by_it.model_id) == "asynchronous"


def test_plain_http_is_not_answered_where_https_is_spoken(secure: Registry) -> None:
    with pytest.raises((OSError, HTTPException)):  # a reset, or an alert that is no HTTP
        exchange(secure.address, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")


@pytest.mark.parametrize(("cert", "key"), [("missing.pem", "missing.pem"), ("text.pem", "text.pem")])
def test_a_certificate_that_cannot_be_used_is_refused(folder: Path, tmp_path: Path, cert: str, key: str) -> None:
    (tmp_path / "text.pem").write_text("no certificate")
    line = refused(folder, "--tls-cert", str(tmp_path / cert), "--tls-key", str(tmp_path / key))
    assert "TLS certificate or its key" in line


# Operators' pages and the log.


@pytest.mark.parametrize(("page", "key"), [("/healthz", "Status"), ("/readyz", "Status"), ("/version", "Version")])
def test_an_operators_page_is_json_without_a_signature(registry: Registry, page: str, key: str) -> None:
    status, body = registry.get(page)
    assert status == 200
    assert key in json.loads(body)


def test_the_version_is_that_of_the_package(registry: Registry) -> None:
    assert json.loads(registry.get("/version")[1])["Version"] == __version__


def test_the_openapi_document_is_served(registry: Registry) -> None:
    status, body = registry.get("/openapi.json")
    assert (status, json.loads(body)["openapi"]) == (200, "3.1.0")


def test_metrics_count_answers_by_operation_status_and_code(registry: Registry) -> None:
    Wire(registry).ask("GET", f"{MODELS}/model-not-there")
    status, body = registry.get("/metrics")
    assert status == 200
    assert re.search(
        rb'^modelry_\w+\{[^}]*code="201900002"[^}]*operation="GetModel"[^}]*\} [0-9.]+$', body, re.MULTILINE
    ), body.decode()
    for line in body.splitlines():
        assert re.fullmatch(rb"#.*|[a-z_:]+(\{.*\})? [-+0-9.eInfNa]+", line), line


def test_a_head_of_a_page_has_no_body(registry: Registry) -> None:
    answer = exchange(registry.address, b"HEAD /healthz HTTP/1.1\r\nhost: x\r\n\r\n", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")


def test_each_request_has_one_log_line_with_its_request_id(registry: Registry) -> None:
    wire = Wire(registry)
    answers = [
        wire.ask("GET", f"{MODELS}?Query=private"),
        wire.ask("GET", f"{MODELS}/model-none"),
        wire.ask("GET", "/nowhere"),
        wire.send(wire.signed("GET", MODELS).having({b"authorization": None})),
    ]
    lines = {line["RequestId"]: line for line in registry.log_lines() if "RequestId" in line}
    told = [lines[answer.json["RequestId"]] for answer in answers]
    assert [answer.headers["x-acs-request-id"] for answer in answers] == [line["RequestId"] for line in told]
    assert [line["Status"] for line in told] == [200, 404, 404, 400]
    assert [line.get("Operation", "") for line in told] == ["ListModels", "GetModel", "", "ListModels"]
    assert [line.get("Code", "") for line in told] == [
        "",
        "201900002",
        "InvalidAction.NotFound",
        "MissingAuthorization",
    ]
    assert [line.get("AccessKeyId", "") for line in told] == [registry.key_id, registry.key_id, "", ""]
    assert {line["Path"] for line in told} == {MODELS, f"{MODELS}/model-none", "/nowhere"}
    assert {line["Source"] for line in told} == {"127.0.0.1"}


def test_a_line_feed_in_a_path_cannot_forge_a_log_line(registry: Registry) -> None:
    before = len(registry.log_lines())
    Wire(registry).ask("GET", "/api/v1/models/%0A%7B%22Forged%22%3A1%7D")
    lines = registry.log_lines()
    assert len(lines) == before + 1
    assert "Forged" not in lines[-1]


# Several workers.


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server with two workers."""
    with running(tmp_path_factory.mktemp("pair") / "data", "--workers", "2") as server:
        yield server


def one_of_each_worker(port: int, stack: ExitStack) -> dict[int, socket.socket]:
    """A connection to each worker that answers, by its process; they come in bursts, so that one alone is too slow."""
    workers: dict[int, socket.socket] = {}
    for _ in range(50):
        burst = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(40)]
        for connection in burst:
            connection.sendall(b"GET /version HTTP/1.1\r\nhost: x\r\n\r\n")
        for connection in burst:
            workers.setdefault(int(read_answer(connection).json["Process"]), connection)
        if len(workers) > 1:
            break
    return workers


def test_two_workers_answer_and_a_replay_is_refused_by_either(pair: Registry) -> None:
    wire = Wire(pair)
    with ExitStack() as stack:
        workers = one_of_each_worker(pair.port, stack)
        assert len(workers) == 2
        for first, second in (tuple(workers.values()), tuple(reversed(workers.values()))):
            request = wire.signed("GET", MODELS).data()
            first.sendall(request)
            assert read_answer(first).status == 200
            for connection in (second, first):
                connection.sendall(request)
                assert read_answer(connection).code == "SignatureNonceUsed"


def test_versions_created_through_two_workers_are_numbered_without_gaps(pair: Registry) -> None:
    wire = Wire(pair)
    model_id = wire.new_model()
    body = {"Uri": "oss://b.e/"}

    def one(_: int) -> str:
        answer = wire.ask("POST", f"{MODELS}/{model_id}/versions", body)
        return str(answer.json["VersionName"])

    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(one, range(40)))
    assert sorted(int(name.split(".")[1]) for name in names) == list(range(1, 41))


def test_what_one_worker_writes_the_other_reads(pair: Registry) -> None:
    wire = Wire(pair)
    for number in range(20):
        model_id = wire.new_model(Domain=str(number))
        assert wire.ask("GET", f"{MODELS}/{model_id}").json["Domain"] == str(number)


# Connections and the end.


def test_two_thousand_idle_connections_do_not_keep_a_new_request_waiting(folder: Path) -> None:
    with running(folder) as server, ExitStack() as stack:
        for _ in range(2000):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
        started_at = time.monotonic()
        create(server.sdk(), "in time")
        assert server.get("/healthz")[0] == 200
        assert time.monotonic() - started_at < 5


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_told_to_stop_answers_what_it_accepted_and_exits_with_0(folder: Path, workers: str) -> None:
    """While another process writes, requests gather; the signal comes; then the other process is done."""
    with running(folder, "--workers", workers) as server, ExitStack() as stack:
        wire = Wire(server)
        connections = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20)) for _ in range(32)]
        with (folder / "writer.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for number, connection in enumerate(connections):
                connection.sendall(wire.signed("POST", MODELS, {"ModelName": f"m{number}"}).data())
            time.sleep(0.5)
            server.process.terminate()
            time.sleep(0.5)
        answers = [read_answer(connection) for connection in connections]
        assert server.process.wait(20) == 0
    ids = {answer.json["ModelId"] for answer in answers if answer.status == 200}
    assert len(ids) == 32
    with running(folder) as again:
        assert Wire(again).ask("GET", f"{MODELS}?PageSize=1").json["TotalCount"] == 32


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_stops_at_once(folder: Path, number: signal.Signals) -> None:
    with running(folder) as server, closing(socket.create_connection(("127.0.0.1", server.port), 10)):
        started_at = time.monotonic()
        server.process.send_signal(number)
        assert server.process.wait(20) == 0
        assert time.monotonic() - started_at < 5


def test_a_stopped_server_leaves_no_process_behind(folder: Path) -> None:
    with running(folder, "--workers", "2") as server:
        workers = psutil.Process(server.process.pid).children(recursive=True)
        assert len(workers) >= 2
    assert psutil.wait_procs(workers, timeout=5)[1] == []
