"""A part of the service that is away is a 503 with problem details, a full storage a 507; never a 500."""

import contextlib
import http.server
import socket
import threading

import pytest

from spheroseg.server.compute.pool import Child, Compute
from spheroseg.server.resources.storage import Storage

SQUARE = [[[20, 20], [60, 20], [60, 60], [20, 60]]]


class Full(http.server.BaseHTTPRequestHandler):
    """A bucket without room: it reads what it is sent and keeps nothing."""

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b"<Error><Code>XMinioStorageFull</Code><Message>Storage backend has reached its limit</Message></Error>"
        self.send_response(507, "Insufficient Storage")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_PUT()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def bucket_at(monkeypatch):
    """`bucket_at(port)`: the storage in a bucket behind this port of this machine."""

    def at(port):
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }.items():
            monkeypatch.setenv(name, value)
        return Storage.open("s3://files/lab")

    return at


@pytest.fixture
def nobody_there(bucket_at):
    """A storage that does not answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound and not listening: whoever connects is refused
        yield bucket_at(free.getsockname()[1])


@pytest.fixture
def full(bucket_at):
    """A storage that answers that there is no room."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Full)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield bucket_at(server.server_port)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
async def outlined(lab, make_png):
    """alice, her project, an image of hers and its outlines."""
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=2.0)
    (image,) = await lab.upload(alice, project_id, A01__png=make_png())
    await lab.work()
    answer = await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    assert answer.status_code == 201, answer.text
    await lab.work()
    (frame,) = (await alice.get(f"/api/v1/images/{image['id']}/frames")).json()
    return alice, project_id, image["id"], frame["result_id"]


def problem_of(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert "/" not in body.get("detail", "")  # no key, no address
    return answer.status_code, body["code"]


@contextlib.contextmanager
def dead_children(lab):
    child = Child()
    child.end()
    alive, lab.state.compute = lab.state.compute, Compute([child])
    yield
    lab.state.compute = alive


async def test_a_dead_compute_child_is_a_503(lab, outlined):
    alice, project_id, image_id, result_id = outlined
    drawn = {"kind": "draw", "operations": [{"op": "add", "parts": [SQUARE]}]}
    with dead_children(lab):
        for answer in (
            await alice.get(f"/api/v1/images/{image_id}/tiles/0/0/0"),
            await alice.get(f"/api/v1/results/{result_id}/threshold", params={"value": 0.4}),
            await alice.patch(f"/api/v1/results/{result_id}/objects", json=drawn, headers={"If-Match": '"1"'}),
            await alice.post(
                f"/api/v1/images/{image_id}/frames/0/smart", json={"model": "classical", "point": [100, 100]}
            ),
            await alice.post(f"/api/v1/projects/{project_id}/names/preview", json={"pattern": None}),
            await alice.post(f"/api/v1/projects/{project_id}/table", json={"format": "xlsx"}),
        ):
            assert problem_of(answer) == (503, "unavailable"), answer.request.url
            assert answer.headers["retry-after"]
    # nothing was lost: with a child that lives the same edit goes
    answer = await alice.patch(f"/api/v1/results/{result_id}/objects", json=drawn, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text


async def test_a_storage_that_does_not_answer_is_a_503(lab, outlined, nobody_there, make_png):
    alice, project_id, image_id, _ = outlined
    lab.state.storage = nobody_there
    for answer in (
        await alice.get(f"/api/v1/images/{image_id}/file"),
        await alice.get(f"/api/v1/images/{image_id}/file", headers={"Range": "bytes=0-9"}),
        await alice.get(f"/api/v1/images/{image_id}/thumbnail"),
        await alice.post(f"/api/v1/projects/{project_id}/images", files=[("files", ("b.png", make_png(seed=1)))]),
        await alice.post(
            f"/api/v1/projects/{project_id}/uploads",
            content=make_png(seed=2),
            headers={
                "Tus-Resumable": "1.0.0",
                "Upload-Length": str(len(make_png(seed=2))),
                "Upload-Metadata": "filename Yy5wbmc=",
                "Content-Type": "application/offset+octet-stream",
            },
        ),
    ):
        assert problem_of(answer) == (503, "unavailable"), answer.request.url
    images = (await alice.get(f"/api/v1/projects/{project_id}/images")).json()["items"]
    assert [image["id"] for image in images] == [image_id]


async def test_a_full_storage_is_a_507(lab, full, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    lab.state.storage = full
    answer = await alice.post(f"/api/v1/projects/{project_id}/images", files=[("files", ("b.png", make_png()))])
    assert problem_of(answer) == (507, "storage_full")


async def test_every_route_promises_503(app):
    paths = app.openapi()["paths"]
    silent = [
        f"{method} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if path.startswith("/api/v1/") and "503" not in operation["responses"]
    ]
    assert silent == []
