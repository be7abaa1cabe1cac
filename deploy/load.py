"""Ask a service without pause for a while; tell what failed at first, and what failed when it was asked once more.

python deploy/load.py URL STATE.json SECONDS [CALLERS]     STATE.json: of deploy/journey.py
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path

import httpx
from journey import EMAIL, PASSWORD


def main(url: str, state: str, seconds: str, callers: str = "6") -> None:
    """Ask from several threads until the time is over or Ctrl-C; the exit status says whether anything stayed failed."""
    project = json.loads(Path(state).read_text(encoding="utf-8"))["project_id"]
    with httpx.Client(base_url=f"{url}/api/v1", timeout=30) as web:
        person = {"email": EMAIL, "password": PASSWORD, "cookies": False}
        answer = web.post("/auth/sign-in", json=person).raise_for_status().json()
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    paths = ("/projects", f"/projects/{project}", f"/projects/{project}/images", f"/projects/{project}/objects")
    over = threading.Event()
    timer = threading.Timer(float(seconds), over.set)
    timer.daemon = True
    timer.start()
    signal.signal(signal.SIGINT, lambda *_: over.set())
    answered, failed_once, failed_twice = [0], list[str](), list[str]()

    def attempt(web: httpx.Client, path: str) -> str | None:
        try:
            status = web.get(path, headers=headers).status_code
        except httpx.TransportError as error:
            return f"{path}: {type(error).__name__}"
        return None if status in {200, 429} else f"{path}: {status}"

    def ask(number: int) -> None:
        with httpx.Client(base_url=f"{url}/api/v1", timeout=30) as web:
            while not over.is_set():
                path = paths[(answered[0] + number) % len(paths)]
                if (wrong := attempt(web, path)) is not None:
                    failed_once.append(wrong)
                    if (wrong := attempt(web, path)) is not None:
                        failed_twice.append(wrong)
                answered[0] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(int(callers))]
    for thread in threads:
        thread.start()
    print("load: begun", flush=True)
    for thread in threads:
        thread.join()
    print(f"load: {answered[0]} requests, {len(failed_once)} failed once, {len(failed_twice)} after a retry")
    if failed_twice:
        sys.stderr.write("\n".join(sorted(set(failed_twice))) + "\n")
    sys.exit(bool(failed_twice))


if __name__ == "__main__":
    main(*sys.argv[1:])
