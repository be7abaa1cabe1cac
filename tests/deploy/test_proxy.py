"""The proxy's configuration in a real nginx, before a real service, asked by real clients."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest
from tests.deploy.conftest import Proxy
from tests.deploy.programs import program
from websockets.sync.client import connect

pytestmark = pytest.mark.slow

PASSWORD = "a quiet heron at dawn"


@pytest.fixture
def web(proxy: Proxy) -> Iterator[httpx.Client]:
    """A client that trusts our authority and nothing else."""
    with httpx.Client(base_url=proxy.url, verify=ssl.create_default_context(cafile=proxy.authority), timeout=60) as web:
        yield web


@pytest.fixture(scope="module")
def token(proxy: Proxy) -> str:
    """Of a person who is signed in."""
    context = ssl.create_default_context(cafile=proxy.authority)
    person = {"email": "proxy@example.org", "password": PASSWORD}
    with httpx.Client(base_url=f"{proxy.url}/api/v1", verify=context, timeout=60) as web:
        web.post("/auth/sign-up", json=person).raise_for_status()
        answer = web.post("/auth/sign-in", json=person | {"cookies": False}).raise_for_status().json()
    return str(answer["access_token"])


def curl(proxy: Proxy, *arguments: str) -> str:
    command = [program("curl"), "-sS", "--max-time", "60", "--cacert", str(proxy.authority), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_http_is_sent_to_https(proxy: Proxy) -> None:
    answer = httpx.get(f"http://localhost:{proxy.http}/projects?page=2", follow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == "https://localhost/projects?page=2"


def test_speaks_http_2_and_no_old_tls(proxy: Proxy) -> None:
    assert curl(proxy, "--http2", "-o", "/dev/null", "-w", "%{http_version}", proxy.url) == "2"
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(proxy.authority)
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("localhost", proxy.https)) as line, pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(line, server_hostname="localhost")


def test_pages_and_answers_carry_security_headers_once(web: httpx.Client) -> None:
    for path in ("/", "/api/v1/projects", "/api/v1/nothing"):
        headers = web.get(path).headers
        for name in ("Strict-Transport-Security", "X-Content-Type-Options", "Content-Security-Policy", "X-Request-ID"):
            assert len(headers.get_list(name)) == 1, (path, name, headers.get_list(name))
        assert "nginx/" not in headers["Server"]


def test_the_metrics_are_not_for_everybody(web: httpx.Client) -> None:
    assert web.get("/metrics").status_code == 404
    assert web.get("/health/ready").status_code == 200


def test_what_never_changes_is_kept_by_the_proxy_and_the_browser(web: httpx.Client) -> None:
    page = web.get("/").text
    script = page.split('src="/assets/', 1)[1].split('"', 1)[0]
    first, second = (web.get(f"/assets/{script}") for _ in range(2))
    assert "immutable" in second.headers["Cache-Control"]
    assert second.headers["X-Cache"] == "HIT"
    assert second.headers["Content-Encoding"] in {"br", "gzip"}
    assert first.content == second.content
    plain = web.get(f"/assets/{script}", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.content == first.content
    assert "no-cache" in web.get("/").headers["Cache-Control"]


def test_json_is_compressed(web: httpx.Client) -> None:
    answer = web.get("/api/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(answer.content)["info"]["title"] == "SpheroSeg"


def test_live_updates_pass(proxy: Proxy, token: str) -> None:
    url = f"wss://localhost:{proxy.https}/api/v1/events/?EIO=4&transport=websocket"
    context = ssl.create_default_context(cafile=proxy.authority)
    with connect(
        url, ssl=context, additional_headers={"Authorization": f"Bearer {token}"}, origin="https://localhost"
    ) as socket_:  # type: ignore[arg-type]
        assert str(socket_.recv(timeout=30)).startswith("0{")  # Engine.IO: opened


def test_a_dead_replica_costs_nobody_an_answer(web: httpx.Client) -> None:
    assert {web.get("/health/ready").status_code for _ in range(40)} == {200}


def test_what_is_too_large_is_refused_and_uploads_are_not(web: httpx.Client, token: str) -> None:
    signed_in = {"Authorization": f"Bearer {token}"}
    large = web.post("/api/v1/projects", content=b"x" * (18 * 2**20), headers=signed_in)
    assert large.status_code == 413
    project = web.post("/api/v1/projects", json={"name": "Proxy"}, headers=signed_in).raise_for_status().json()["id"]
    files = [("files", ("no.tif", b"II*\0" + b"\0" * (20 * 2**20), "image/tiff"))]
    answer = web.post(f"/api/v1/projects/{project}/images", files=files, headers=signed_in)
    assert answer.status_code != 413
    assert answer.headers["content-type"].startswith("application/")


def test_an_upload_reaches_the_service_while_it_is_sent(proxy: Proxy, web: httpx.Client, token: str) -> None:
    signed_in = {"Authorization": f"Bearer {token}"}
    project = web.post("/api/v1/projects", json={"name": "Slow"}, headers=signed_in).raise_for_status().json()["id"]
    context = ssl.create_default_context(cafile=proxy.authority)
    total, sent = 12 * 2**20, 4 * 2**20
    head = (
        f"POST /api/v1/projects/{project}/images HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {total}\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="files"; filename="a.tif"\r\nContent-Type: image/tiff\r\n\r\nII*\0'
    )
    with (
        socket.create_connection(("localhost", proxy.https)) as line,
        context.wrap_socket(line, server_hostname="localhost") as wrapped,
    ):
        wrapped.sendall(head.encode())
        wrapped.sendall(b"\0" * sent)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:  # a proxy that keeps bodies would write this one down by now
            kept = [path for path in (proxy.folder / "body").rglob("*") if path.is_file()]
            assert kept == []
            time.sleep(0.25)


def test_a_flood_of_sign_ins_is_stopped(web: httpx.Client) -> None:
    wrong = {"email": "nobody@example.org", "password": "wrong wrong wrong"}
    assert 429 in {web.post("/api/v1/auth/sign-in", json=wrong).status_code for _ in range(60)}


def test_an_address_that_a_caller_claims_is_not_believed(web: httpx.Client, token: str) -> None:
    person = {"email": "proxy@example.org", "password": PASSWORD, "cookies": False}
    time.sleep(1)  # the flood before
    for _ in range(30):
        answer = web.post("/api/v1/auth/sign-in", json=person, headers={"X-Forwarded-For": "203.0.113.9"})
        if answer.status_code == 200:
            break
        time.sleep(2)
    sessions = web.get("/api/v1/auth/sessions", headers={"Authorization": f"Bearer {token}"}).text
    assert "203.0.113.9" not in sessions
    assert "127.0.0.1" in sessions
