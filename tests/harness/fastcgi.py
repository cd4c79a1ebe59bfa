# SPDX-License-Identifier: Apache-2.0
"""A FastCGI client, to say to a pool what nginx would never say: half bodies, other parameters, two requests at once."""
import socket
import struct

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7


def record(kind, data, request=1):
    return struct.pack(">BBHHBB", 1, kind, request, len(data), 0, 0) + data


def pair(name, value):
    def size(n):
        return struct.pack(">B", n) if n < 128 else struct.pack(">I", n | 0x80000000)
    name, value = name.encode(), value.encode()
    return size(len(name)) + size(len(value)) + name + value


class Call:
    """One request on a connection of its own; body may be sent piece by piece."""

    def __init__(self, path, method, uri, params=None, timeout=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        all_params = {"REQUEST_METHOD": method, "REQUEST_URI": uri, "REMOTE_ADDR": "192.0.2.1", **(params or {})}
        text = b"".join(pair(k, v) for k, v in all_params.items())
        self.socket.sendall(record(BEGIN, struct.pack(">HB5x", 1, 0)) + record(PARAMS, text) + record(PARAMS, b""))

    def send(self, data):
        for i in range(0, len(data), 65535):
            self.socket.sendall(record(STDIN, data[i:i + 65535]))
        return self

    def finish(self):
        """End the body; (status, headers, body), or None when the other side is gone without an answer."""
        self.socket.sendall(record(STDIN, b""))
        return self.answer()

    def answer(self):
        buffer, out = b"", b""
        while True:
            try:
                part = self.socket.recv(65536)
            except ConnectionResetError:
                part = b""
            if not part:
                self.socket.close()
                return None
            buffer += part
            while len(buffer) >= 8:
                _, kind, _, n, padding, _ = struct.unpack(">BBHHBB", buffer[:8])
                if len(buffer) < 8 + n + padding:
                    break
                if kind == STDOUT:
                    out += buffer[8:8 + n]
                buffer = buffer[8 + n + padding:]
                if kind == END:
                    self.socket.close()
                    return self.parse(out)

    @staticmethod
    def parse(out):
        head, body = out.split(b"\r\n\r\n", 1)
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        return int(headers.pop("Status", "200").split()[0]), headers, body
