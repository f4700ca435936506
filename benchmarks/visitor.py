"""A visitor of the live page without a browser: speaks Solara's websocket, takes every frame, says that it did."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.request
import uuid
from typing import Any

from solara.server.kernel import deserialize_binary_message
from websockets.sync.client import connect


class Visitor:
    """One page. ``last[kind]`` is what was told last of a kind, ``frames`` counts, ``at`` has their times and sizes."""

    def __init__(self, address: str, search: str = "", *, token: str | None = None) -> None:
        self.search, self.token = search, token
        self.last: dict[str, Any] = {}
        self.at: list[tuple[float, int]] = []
        self._page, self._stage, self._control = uuid.uuid4().hex, "", uuid.uuid4().hex
        kernel, url = uuid.uuid4(), address.replace("http", "ws", 1)
        self._farewell = f"{address}/_solara/api/close/{kernel}?session_id={self._page}"
        self._open = contextlib.ExitStack()
        self._socket = self._open.enter_context(
            connect(f"{url}/jupyter/api/kernels/{kernel}/channels?session_id={self._page}", max_size=None)
        )
        self._send("comm_open", comm_id=self._control, target_name="solara.control", data={})
        self._send("comm_msg", comm_id=self._control, data={"method": "run", "args": {"path": "", "appName": None}})
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def frames(self) -> int:
        return len(self.at)

    def tell(self, name: str, /, **more: Any) -> None:
        """Give a command, as the page would."""
        data = {"method": "custom", "content": {"event": "command", "data": {"do": name, **more}}}
        self._send("comm_msg", comm_id=self._stage, data=data)

    def ask(self, name: str, /, seconds: float = 60, **more: Any) -> dict[str, Any]:
        """Give a command and wait for what is said to it."""
        asked = uuid.uuid4().hex
        self.tell(name, ask=asked, **more)
        self.until(lambda: self.last.get("answer", {}).get("ask") == asked, seconds)
        return self.last["answer"]["content"]

    def until(self, true: Any, seconds: float = 60) -> None:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise TimeoutError(f"waited {seconds:g} s in vain; last told: {[*self.last]}")
            time.sleep(0.005)

    def close(self) -> None:
        """Leave, and tell the server as a browser does when its page is closed."""
        self._open.close()
        with contextlib.suppress(OSError):
            urllib.request.urlopen(urllib.request.Request(self._farewell, method="POST"), timeout=10).read()

    def _send(self, kind: str, **content: Any) -> None:
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "session": self._page,
            "username": "",
            "version": "5.3",
            "date": "2021-01-01T00:00:00.000Z",
        }
        message = {
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "buffers": [],
            "channel": "shell",
        }
        self._socket.send(json.dumps(message))

    def _listen(self) -> None:
        try:
            for raw in self._socket:
                message = json.loads(raw) if isinstance(raw, str) else deserialize_binary_message(raw)
                content = message.get("content", {})
                state = content.get("data", {}).get("state", {}) if isinstance(content.get("data"), dict) else {}
                if (
                    message["header"]["msg_type"] == "comm_open"
                    and "version" in state
                    and "command" in (state.get("events") or [])
                ):
                    self._stage = content["comm_id"]
                    self.tell("hello", search=self.search, token=self.token)
                elif content.get("comm_id") == self._stage and content.get("data", {}).get("method") == "custom":
                    kind, told = content["data"]["content"]["args"]
                    self.last[kind] = told
                    if kind in ("frame", "game"):  # the second is what teams of a game get
                        self.at.append((time.monotonic(), len(raw)))
                        self.tell("ack", **({"frame": told["frame"]} if kind == "frame" else {"n": told["n"]}))
        except Exception as error:  # the connection ended
            self.last["ended"] = repr(error)
