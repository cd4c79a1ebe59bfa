# SPDX-License-Identifier: Apache-2.0
"""Who may do what: every route of a workspace, times every role, as a person and by key, times tenant. The table here is
written by hand from docs/ARCHITECTURE.md; it is not the one that the product uses."""
import itertools

from tests.api.base import contract
from tests.api.test_runs import Work

ALL = {"owner", "editor", "approver", "viewer", "auditor"}
EDIT = {"owner", "editor"}
MAY = {
    "member_list": {"owner", "auditor"}, "member_put": {"owner"}, "member_delete": {"owner"},
    "file_list": ALL, "file_get": ALL, "file_put": EDIT, "file_upload": EDIT, "file_delete": EDIT,
    "compile_create": EDIT, "plan_list": ALL, "plan_get": ALL,
    "run_create": EDIT, "run_list": ALL, "run_get": ALL, "run_cancel": EDIT, "step_get": ALL, "receipt_list": ALL,
    "artifact_get": ALL, "blob_get": ALL, "run_events": ALL,
    "catalogue_list": ALL, "catalogue_get": ALL, "catalogue_create": EDIT, "catalogue_delete": EDIT,
    "operation_list": ALL, "operation_get": ALL, "operation_decode": ALL,
    "catalog_get": ALL, "catalog_item": ALL, "discover": ALL, "relations": ALL,
    "pack_list": ALL, "pack_get": ALL, "pack_uses": ALL, "pack_upload": {"owner"}, "pack_put": {"owner"}, "pack_version_delete": {"owner"},
}
BY_SESSION_ONLY = {"member_put", "member_delete"}
WITHOUT_WORKSPACE = {"session_create", "session_get", "session_delete", "key_list", "key_create", "key_delete", "workspace_list",
                     "workspace_create", "healthz", "openapi"}
SPEC = b'{"openapi":"3.1.0","info":{"title":"%s","version":"1"},"paths":{"/x":{"get":{"responses":{}}}}}'
PACK = (b'{"schema":"forge.pack.v1","id":"matrix","version":"%s","label":"M","purpose":"M","triggers":["matrix"],"example_goals":[],'
        b'"entities":[],"playbooks":[]}')
FORM = b'--X\r\nContent-Disposition: form-data; name="f"; filename="form.txt"\r\n\r\nx\r\n--X--\r\n'


class Matrix(Work):
    def setUp(self):
        super().setUp()
        self.number = itertools.count(1)
        self.plan_ = self.plan()
        self.run_id = self.start(self.plan_).json["id"]
        lease = self.lease()
        self.runner.commit(lease, self.content(lease))
        self.artifact = lease["contract"]["outputs"][0]["path"]
        self.step = lease["step_id"]
        self.sha = self.me.upload(self.ws, "kept.txt", b"kept").json["sha256"]
        self.spec = self.me.upload(self.ws, "spec.json", SPEC % b"kept").json["id"]
        self.api = self.me.post(f"/workspaces/{self.ws}/apis", {"file_id": self.spec}).json["id"]

    def sample(self, name, ws=None):
        """A request that would go well for somebody who may: method, path, arguments."""
        w, n = f"/workspaces/{ws or self.ws}", next(self.number)
        r = f"{w}/runs/{self.run_id}"
        if name == "member_delete" and ws is None:
            email, _ = self.stack.colleague(self.me.email, f"gone{n}.{self.me.email}")
            self.me.put(f"{w}/members/{email}", {"role": "viewer"})
            return "DELETE", f"{w}/members/{email}", {}
        if name == "file_delete" and ws is None:
            self.me.upload(self.ws, f"gone{n}.txt", b"x")
            return "DELETE", f"{w}/files/gone{n}.txt", {}
        if name == "catalogue_delete" and ws is None:
            spec = self.me.upload(self.ws, f"gone{n}.json", SPEC % f"gone {n}".encode()).json["id"]
            return "DELETE", f"{w}/apis/{self.me.post(f'{w}/apis', {'file_id': spec}).json['id']}", {}
        if name == "pack_version_delete" and ws is None:
            self.me.request("POST", f"{w}/packs", raw=PACK % f"2.0.{n}".encode(), type="application/octet-stream")
            return "DELETE", f"{w}/packs/matrix/versions/2.0.{n}", {}
        if name == "run_cancel" and ws is None:
            fresh = self.start(self.plan_, f"cancel{n}").json["id"]
            return "POST", f"{w}/runs/{fresh}/cancel", {}
        return {
            "member_list": ("GET", f"{w}/members", {}), "member_put": ("PUT", f"{w}/members/{self.me.email}", {"body": {"role": "owner"}}),
            "member_delete": ("DELETE", f"{w}/members/{self.me.email}", {}),
            "file_list": ("GET", f"{w}/files", {}), "file_get": ("GET", f"{w}/files/kept.txt", {}), "file_put": ("PUT", f"{w}/files/put.txt", {"raw": b"x"}),
            "file_upload": ("POST", f"{w}/files", {"raw": FORM, "type": "multipart/form-data; boundary=X"}), "file_delete": ("DELETE", f"{w}/files/kept.txt", {}),
            "compile_create": ("POST", f"{w}/compile", {"body": {"objective": "nothing that can be planned"}}),
            "plan_list": ("GET", f"{w}/plans", {}), "plan_get": ("GET", f"{w}/plans/{self.plan_['id']}", {}),
            "run_create": ("POST", f"{w}/plans/{self.plan_['id']}/runs", {"headers": {"Idempotency-Key": f"m{n}"}}),
            "run_list": ("GET", f"{w}/runs", {}), "run_get": ("GET", r, {}), "run_cancel": ("POST", f"{r}/cancel", {}),
            "step_get": ("GET", f"{r}/steps/{self.step}", {}), "receipt_list": ("GET", f"{r}/receipts", {}),
            "artifact_get": ("GET", f"{r}/artifacts/{self.artifact}", {}), "blob_get": ("GET", f"{w}/blobs/{self.sha}", {}),
            "run_events": ("HEAD", f"{r}/events", {}),
            "catalogue_list": ("GET", f"{w}/apis", {}), "catalogue_create": ("POST", f"{w}/apis", {"body": {"file_id": self.spec}}),
            "catalogue_get": ("GET", f"{w}/apis/{self.api}", {}), "catalogue_delete": ("DELETE", f"{w}/apis/{self.api}", {}),
            "operation_list": ("GET", f"{w}/apis/{self.api}/operations", {}), "operation_get": ("GET", f"{w}/apis/{self.api}/operations/op-1-get-x", {}),
            "pack_list": ("GET", f"{w}/packs", {}), "pack_get": ("GET", f"{w}/packs/generic", {}), "pack_uses": ("GET", f"{w}/packs/generic/uses", {}),
            "pack_upload": ("POST", f"{w}/packs", {"raw": PACK % b"1.0.0", "type": "application/octet-stream"}),
            "pack_put": ("PUT", f"{w}/packs/legal-review", {"body": {"enabled": True}}),
            "pack_version_delete": ("DELETE", f"{w}/packs/matrix/versions/1.0.0", {}),
            "catalog_get": ("GET", f"{w}/catalog", {}), "catalog_item": ("GET", f"{w}/catalog/kind/table.csv", {}),
            "discover": ("GET", f"{w}/discover?q=billing", {}), "relations": ("GET", f"{w}/relations", {}),
            "operation_decode": ("POST", f"{w}/apis/{self.api}/operations/op-1-get-x/decode", {"body": {"text": "{}"}}),
        }[name]

    def ask(self, client, name, ws=None):
        method, path, kw = self.sample(name, ws)
        if name == "run_events":  # the stream would not end; what is refused is refused before it begins
            return self.events(client, path)
        return client.request(method, path, kw.pop("body", None), **kw)

    def events(self, client, path):
        import http.client
        from tests.harness.scratch_stack import Response
        headers = {"Authorization": f"Bearer {client.key}"} if client.key else {"Cookie": client.cookie or ""}
        c = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=30)
        c.request("GET", "/api/v1" + path, headers=headers)
        r = c.getresponse()
        body = b"" if r.status == 200 else r.read()
        answer = Response(r.status, dict(r.getheaders()), body)
        c.close()
        return answer

    def test_every_route_is_in_this_table(self):
        names = {op["operationId"] for item in contract().doc["paths"].values() for op in item.values()}
        self.assertEqual(names, set(MAY) | WITHOUT_WORKSPACE)

    def test_roles(self):
        for role in sorted(ALL):
            person, key = self.member(self.me, role), self.key(self.me, role)
            for name, may in MAY.items():
                for who, client in (("person", person), ("key", key)):
                    with self.subTest(role=role, route=name, who=who):
                        r = self.ask(client, name)
                        if role in may and not (who == "key" and name in BY_SESSION_ONLY):
                            self.assertIn(r.status, (200, 201, 204), r)
                        else:
                            self.problem(r, 403, "E_FORBIDDEN")

    def test_nobody_and_strangers(self):
        nobody, stranger = self.stack.client(), self.user()
        stranger_key = self.key(stranger, "owner")
        for name in MAY:
            with self.subTest(route=name):
                self.problem(self.ask(nobody, name), 401, "E_UNAUTHENTICATED")
                self.problem(self.ask(stranger, name), 404, "E_NOT_FOUND")
                if name not in BY_SESSION_ONLY:
                    self.problem(self.ask(stranger_key, name), 404, "E_NOT_FOUND")
                    self.problem(self.ask(self.key(self.me, "owner"), name, ws=stranger.ws), 404, "E_NOT_FOUND")

    def test_a_viewer_who_writes_changes_nothing(self):
        viewer = self.member(self.me, "viewer")
        before = self.sql("select count(*), (select count(*) from forge.run), (select count(*) from forge.plan), (select count(*) from forge.compile) from forge.file")
        for name in sorted(set(MAY) - {n for n, may in MAY.items() if "viewer" in may} - {"member_delete", "file_delete", "run_cancel", "catalogue_delete"}):
            self.problem(self.ask(viewer, name), 403, "E_FORBIDDEN", "your role here is viewer")
        after = self.sql("select count(*), (select count(*) from forge.run), (select count(*) from forge.plan), (select count(*) from forge.compile) from forge.file")
        self.assertEqual(before, after)

    def test_bytes_reach_no_other_table_without_the_workspace_set(self):
        """What row-level security holds even if a handler forgot to ask: no workspace set, no rows."""
        for table in ("file", "plan", "plan_step", "compile", "run", "step", "attempt", "artifact", "receipt", "event", "blob_ref", "api_key", "audit_event", "api_catalogue", "api_operation"):
            self.assertEqual(self.stack.pg.psql(f"select count(*) from forge.{table}", role="forge_api"), "0", table)
        for table in ("idem", "lease"):
            with self.assertRaisesRegex(Exception, "permission denied"):
                self.stack.pg.psql(f"select * from forge.{table}", role="forge_api")
