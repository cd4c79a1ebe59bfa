# SPDX-License-Identifier: Apache-2.0
"""What may be wrong with a request before it says anything: address, method, type, JSON, size, host; and the headers of
every kind of answer."""
import json
import socket

from tests.api.base import ApiTest, contract


class Http(ApiTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.me = cls.user(cls())

    def raw(self, data):
        """Bytes as they are; the whole answer."""
        with socket.create_connection(("127.0.0.1", self.stack.port), timeout=30) as s:
            s.sendall(data)
            out = b""
            try:
                while part := s.recv(65536):
                    out += part
            except ConnectionResetError: # a request that was answered before its body came ends so
                self.assertTrue(out)
        return out

    def test_unknown_addresses_are_404(self):
        for path in ("/nope", "/workspaces/x/y/z", "", "/", "/session/", "//session", "/workspaces//files", "/Session",
                     "/%73ession", f"/workspaces/{self.me.ws}/filesx", "/healthz/..", "/" + "a/" * 40):
            self.problem(self.me.get(path), 404, "E_NOT_FOUND")

    def test_other_versions_of_the_api_are_not_there(self):
        r = self.raw(f"GET /api/v2/session HTTP/1.1\r\nHost: 127.0.0.1:{self.stack.port}\r\nConnection: close\r\n\r\n".encode())
        self.assertIn(b" 404 ", r.split(b"\r\n")[0])
        self.assertIn(b"application/problem+json", r)

    def test_wrong_methods_are_405_and_name_the_right_ones(self):
        for method, path, allow in (("PUT", "/session", "GET, POST, DELETE"), ("DELETE", "/healthz", "GET"), ("PATCH", "/keys", "GET, POST"),
                                    ("OPTIONS", "/workspaces", "GET, POST"), ("POST", f"/workspaces/{self.me.ws}/files/a.csv", "GET, PUT, DELETE"),
                                    ("GET", f"/workspaces/{self.me.ws}/compile", "POST")):
            r = self.me.request(method, path)
            self.problem(r, 405, "E_METHOD", allow)
            self.assertEqual(r.headers["Allow"], allow)

    def test_head_is_get_without_the_body(self):
        r = self.me.request("HEAD", "/workspaces")
        self.assertEqual((r.status, r.body), (200, b""))
        self.assertEqual(self.me.request("HEAD", "/nope").status, 404)

    def test_bad_percent_encoding_and_climbing_addresses_reach_nothing(self):
        ws = self.me.ws
        for path in (f"/workspaces/{ws}/files/%", f"/workspaces/{ws}/files/%zz", f"/workspaces/{ws}/files/a%00b",
                     f"/workspaces/{ws}/files/%2e%2e%2fx", f"/workspaces/{ws}/files/..%2f..%2fetc/passwd", f"/workspaces/{ws}/files/a/%2e%2e/b"):
            for method, raw in (("GET", None), ("PUT", b"x")):
                r = self.me.request(method, path, raw=raw, type="text/plain" if raw else None)
                self.assertIn(r.status, (400, 404), (method, path, r))
        for path in ("/api/v1/workspaces/../../../etc/passwd", "/../../etc/passwd", "/assets/../../nginx/forge.conf.in", "/_blobs/page/../../nginx/forge.conf",
                     "/_blobs/text/ab/" + "ab" * 32, "/_events/w_1/r_1", "/_problem/413", "/.git/config", "/assets/%2e%2e/index.html"):
            r = self.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            body = r.split(b"\r\n\r\n", 1)[1]
            self.assertNotIn(b"root:", body)
            self.assertNotIn(b"worker_processes", body)
            if path.startswith("/_") and ".." not in path:
                self.assertIn(b" 404 ", r.split(b"\r\n")[0], path)

    def test_malformed_json_is_400_with_its_place(self):
        for text, says in (('{"name": }', "line 1, column 10"), ("{", "line 1"), ("", "empty"), ("[]", "object"), ("nul", "line 1"), ('{"name":"a"} x', "line 1"),
                           ('{"name":"a","name":"b"}', "name"), ('{"name":"\\ud800"}', "line 1"), ("\ufeff{}", "line 1"), ('{"name":"a\nb"}', "line 1"),
                           ("[" * 1000 + "]" * 1000, "line 1"), ('{"name":"\\u0000"}', "line 1")):
            r = self.me.request("POST", "/workspaces", raw=text.encode(), type="application/json")
            self.assertIn(r.status, (400, 422), (text[:40], r))
            self.assertIn(r.json["code"], ("E_JSON", "E_SCHEMA"))
            self.assertIn(says, r.json["detail"], text[:40])
        r = self.me.request("POST", "/workspaces", raw=b'{"name":"\xff"}', type="application/json")
        self.problem(r, 400, "E_JSON", "column 10")

    def test_unknown_members_are_refused_with_the_nearest_name(self):
        self.problem(self.me.post("/workspaces", {"nme": "x"}), 422, "E_SCHEMA", "did you mean 'name'?")
        self.problem(self.me.post("/workspaces", {"name": "x", "tenant_id": 1}), 422, "E_SCHEMA", "'tenant_id' is not known")
        p = self.problem(self.me.post("/keys", {"name": "x", "workspace": self.me.ws, "role": "boss", "expires_days": 1}), 422, "E_SCHEMA",
                         "owner, editor, approver, viewer or auditor")
        self.assertEqual(p["place"], {"pointer": "/role"})
        self.problem(self.me.post("/keys", {"name": "x", "workspace": self.me.ws, "role": "viewer"}), 422, "E_SCHEMA", "'expires_days' is missing")
        for days in (0, 367, 1.5, "7", True, None, -1, 10**30):
            self.problem(self.me.post("/keys", {"name": "x", "workspace": self.me.ws, "role": "viewer", "expires_days": days}), 422, "E_SCHEMA", "1 to 366")
        self.problem(self.me.post("/workspaces", {"name": ""}), 422, "E_SCHEMA", "empty")
        self.problem(self.me.post("/workspaces", {"name": "x" * 101}), 422, "E_SCHEMA", "at most 100")
        self.problem(self.me.post("/workspaces", {"name": 5}), 422, "E_SCHEMA", "must be a text")
        self.problem(self.me.post("/workspaces", {"name": None}), 422, "E_SCHEMA", "must be a text")

    def test_other_content_types_are_415(self):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""):
            r = self.me.request("POST", "/workspaces", raw=b'{"name":"x"}', type=kind or None)
            self.problem(r, 415, "E_MEDIA_TYPE", "application/json")
        self.assertEqual(self.me.request("POST", "/workspaces", raw=b'{"name":"x"}', type="Application/JSON; charset=utf-8").status, 201)

    def test_unknown_and_bad_query_parameters_are_400(self):
        self.problem(self.me.get("/workspaces?limt=5"), 400, "E_USAGE", "did you mean 'limit'?")
        self.problem(self.me.get("/session?x=1"), 400, "E_USAGE", "none is taken here")
        for value in ("0", "201", "x", "", "1e2", "+5", "%20", "5%00"):
            self.assertEqual(self.me.get(f"/workspaces?limit={value}").status, 400, value)
        self.problem(self.me.get("/workspaces?limit=1&limit=2"), 400, "E_USAGE", "twice")
        self.problem(self.me.get("/workspaces?after=zzz"), 400, "E_USAGE", "'after'")
        self.assertEqual(self.me.get("/workspaces?&limit=1&").status, 200)

    def test_large_bodies_are_413(self):
        r = self.me.request("POST", "/workspaces", raw=b'{"name":"' + b"x" * 9000 + b'"}', type="application/json")
        self.problem(r, 413, "E_TOO_LARGE", "8192")
        r = self.me.request("POST", "/workspaces", raw=b" " * (3 << 20), type="application/json")
        self.problem(r, 413, "E_TOO_LARGE", "2 MiB")

    def test_upload_that_says_it_is_too_large_is_413_at_once(self):
        head = (f"PUT /api/v1/workspaces/{self.me.ws}/files/big.bin HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self.me.cookie}\r\n"
                f"X-Forge-CSRF: {self.me.csrf}\r\nContent-Length: {(512 << 20) + 1}\r\nConnection: close\r\n\r\n")
        answer = self.raw(head.encode())
        self.assertIn(b" 413 ", answer.split(b"\r\n")[0])
        body = json.loads(answer.split(b"\r\n\r\n", 1)[1])
        self.assertEqual(body["code"], "E_TOO_LARGE")
        self.assertIn("512 MiB", body["detail"])
        self.assertEqual(self.me.get(f"/workspaces/{self.me.ws}/files").json["items"], [])

    def test_long_addresses_and_headers_are_refused(self):
        answer = self.raw(b"GET /api/v1/" + b"a" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertIn(b" 414 ", answer.split(b"\r\n")[0] + b" ")
        answer = self.raw(b"GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20000 + b"\r\n\r\n")
        self.assertRegex(answer.split(b"\r\n")[0], rb" (400|414|494) ?")

    def test_names_that_are_not_ours_get_nothing(self):
        for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example"):
            answer = self.raw(f"GET /api/v1/session HTTP/1.1\r\nHost: {host}\r\nCookie: {self.me.cookie}\r\nConnection: close\r\n\r\n".encode())
            self.assertIn(b" 421 ", answer.split(b"\r\n")[0] + b" ", host)
            self.assertNotIn(b"csrf", answer)

    def test_not_http_is_400(self):
        self.assertIn(b" 400 ", self.raw(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").split(b"\r\n")[0] + b" ")
        self.assertRegex(self.raw(b"TRACE /api/v1/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").split(b"\r\n")[0], rb" 405 ?")

    def test_params_of_ours_cannot_be_sent(self):
        r = self.me.get("/session", headers={"Forge-Origin": "x", "Forge-Request-Id": "a" * 32, "Forge_Request_Id": "b" * 32})
        self.assertEqual(r.status, 200)
        p = self.stack.client().get("/session", headers={"Forge-Request-Id": "a" * 32}).json
        self.assertNotEqual(p["request_id"], "a" * 32)

    def test_every_answer_has_the_security_headers(self):
        for r in (self.me.get("/session"), self.me.get("/nope"), self.me.request("POST", "/workspaces", raw=b" " * (3 << 20), type="application/json")):
            self.assertEqual(r.headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(r.headers["Referrer-Policy"], "same-origin")
            self.assertEqual(r.headers["Cross-Origin-Resource-Policy"], "same-origin")
            self.assertEqual(r.headers["Cache-Control"], "no-store")
            self.assertIn("default-src 'none'", r.headers["Content-Security-Policy"])
            self.assertIn("frame-ancestors 'none'", r.headers["Content-Security-Policy"])
            self.assertEqual(r.headers["Server"], "nginx")

    def test_nothing_of_ours_leaks_in_errors(self):
        r = self.me.get("/workspaces/w_0000000000000/files")
        for word in ("select", "forge.", "postgres", ".c:", "/tmp", "libpq"):
            self.assertNotIn(word, json.dumps(r.json).lower().replace("/docs/errors", ""))

    def test_health_tells_of_the_database(self):
        r = self.stack.client().get("/healthz")
        self.assertEqual((r.status, r.json["ok"]), (200, True))

    def test_description_names_every_route_that_answers(self):
        doc = contract().doc
        self.assertEqual(self.stack.client().get("/openapi.json").json, doc)
        self.assertEqual(doc["openapi"], "3.1.0")
        self.assertGreaterEqual(sum(len(p) for p in doc["paths"].values()), 30)
        for path, item in doc["paths"].items():
            for method, op in item.items():
                where = f"{method} {path}"
                self.assertIn("operationId", op, where)
                self.assertTrue(any(s.startswith("2") for s in op["responses"]), where)
                named = [p["name"] for p in op.get("parameters", []) if p["in"] == "path"]
                self.assertEqual([f"{{{n}}}" in path for n in named], [True] * len(named), where)
