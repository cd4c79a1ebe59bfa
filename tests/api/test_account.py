# SPDX-License-Identifier: Apache-2.0
"""API keys, workspaces and members."""
from tests.api.base import ApiTest


class Keys(ApiTest):
    def test_key_is_shown_once_and_works_in_its_workspace_only(self):
        me = self.user()
        other = me.post("/workspaces", {"name": "Other"}).json["id"]
        r = me.post("/keys", {"name": "robot", "workspace": me.ws, "role": "viewer", "expires_days": 7})
        self.assertEqual(r.status, 201)
        key = self.stack.client(r.json["key"])
        self.assertEqual(key.get(f"/workspaces/{me.ws}/files").status, 200)
        self.problem(key.get(f"/workspaces/{other}/files"), 404, "E_NOT_FOUND")
        self.assertEqual([w["id"] for w in key.get("/workspaces").json["items"]], [me.ws])
        session = key.get("/session").json
        self.assertEqual((session["csrf"], [w["role"] for w in session["workspaces"]]), ("", ["viewer"]))
        item = me.get("/keys").json["items"][0]
        self.assertEqual((item["name"], item["role"], item["workspace"]), ("robot", "viewer", me.ws))
        self.assertIsNotNone(item["last_used_at"])
        self.assertNotIn(r.json["key"].split("_")[2], me.get("/keys").body.decode())
        self.assertEqual(self.sql(f"select count(*) from forge.api_key k where k::text like '%{r.json['key'][12:]}%'"), "0")

    def test_key_cannot_make_keys_workspaces_or_members(self):
        me = self.user()
        key = self.key(me, "owner")
        body = {"name": "x", "workspace": me.ws, "role": "owner", "expires_days": 1}
        for r in (key.post("/keys", body), key.get("/keys"), key.delete(f"/keys/{key.id}"), key.post("/workspaces", {"name": "x"}),
                  key.put(f"/workspaces/{me.ws}/members/{me.email}", {"role": "owner"}), key.delete(f"/workspaces/{me.ws}/members/{me.email}"),
                  key.delete("/session")):
            self.problem(r, 403, "E_FORBIDDEN", "an API key may not")
        self.assertEqual(key.get(f"/workspaces/{me.ws}/members").status, 200)

    def test_bad_expired_and_revoked_keys_are_nobody(self):
        me = self.user()
        key = self.key(me, "viewer")
        self.sql(f"update forge.api_key set until = now() - interval '1 second' where ws = (select max(ws) from forge.api_key where prefix = '{key.key[:11]}')")
        self.problem(key.get("/session"), 401, "E_UNAUTHENTICATED", "has expired or was revoked")
        key = self.key(me, "viewer")
        self.assertEqual(me.delete(f"/keys/{key.id}").status, 204)
        self.problem(key.get("/session"), 401, "E_UNAUTHENTICATED")
        self.problem(me.delete(f"/keys/{key.id}"), 404, "E_NOT_FOUND")
        for text in ("fk_aaaaaaaa_" + "b" * 43, "", "x", "fk_" + "a" * 4000):
            self.problem(self.stack.client().get("/session", headers={"Authorization": f"Bearer {text}"}), 401, "E_UNAUTHENTICATED")
        self.problem(self.stack.client().get("/session", headers={"Authorization": "Basic YTpi"}), 401, "E_UNAUTHENTICATED", "Bearer")

    def test_bad_key_is_not_helped_by_a_good_cookie(self):
        me = self.user()
        self.problem(me.get("/session", headers={"Authorization": "Bearer fk_nope"}), 401, "E_UNAUTHENTICATED")

    def test_key_never_outlives_or_outranks_its_maker(self):
        boss = self.user()
        maker = self.member(boss, "owner")
        key = self.key(maker, "editor")
        self.assertEqual(key.upload(boss.ws, "a.txt", b"x").status, 201)
        boss.put(f"/workspaces/{boss.ws}/members/{maker.email}", {"role": "viewer"})
        self.problem(key.upload(boss.ws, "a.txt", b"y"), 403, "E_FORBIDDEN", "viewer")
        self.assertEqual(key.get(f"/workspaces/{boss.ws}/files").status, 200)
        boss.delete(f"/workspaces/{boss.ws}/members/{maker.email}")
        self.problem(key.get(f"/workspaces/{boss.ws}/files"), 401, "E_UNAUTHENTICATED")

    def test_key_of_a_disabled_user_is_nobody(self):
        me = self.user()
        key = self.key(me, "viewer")
        self.sql(f"update forge.app_user set disabled = true where email = '{me.email}'")
        self.problem(key.get("/session"), 401, "E_UNAUTHENTICATED")

    def test_only_an_owner_makes_and_sees_keys(self):
        boss = self.user()
        editor = self.member(boss, "editor")
        body = {"name": "x", "workspace": boss.ws, "role": "viewer", "expires_days": 1}
        p = self.problem(editor.post("/keys", body), 403, "E_FORBIDDEN", "your role there is editor")
        self.assertEqual(p["place"], {"pointer": "/workspace"})
        stranger = self.user()
        for ws in (boss.ws, "w_zzzzzzzzzzzzz", "w_0", "nonsense", "r_" + boss.ws[2:]):
            self.problem(stranger.post("/keys", {**body, "workspace": ws}), 404, "E_NOT_FOUND")
        key = self.key(boss, "viewer")
        self.assertEqual(editor.get("/keys").json["items"], [])
        self.assertEqual(stranger.get("/keys").json["items"], [])
        self.problem(editor.delete(f"/keys/{key.id}"), 404, "E_NOT_FOUND")
        self.problem(stranger.delete(f"/keys/{key.id}"), 404, "E_NOT_FOUND")
        self.assertEqual(key.get("/session").status, 200)

    def test_a_key_needs_no_csrf_token_and_no_origin(self):
        key = self.key(self.user(), "editor")
        self.assertEqual(key.put(f"/workspaces/{key.ws}/files/a.txt", raw=b"x", headers={"Origin": "http://other.example"}).status, 201)

    def test_list_goes_on(self):
        me = self.user()
        ids = {self.key(me, "viewer").id for _ in range(5)}
        seen, after = [], ""
        while True:
            page = me.get(f"/keys?limit=2{after}").json
            seen += [k["id"] for k in page["items"]]
            if not page["next"]:
                break
            after = f"&after={page['next']}"
        self.assertEqual((set(seen), len(seen)), (ids, 5))
        self.assertEqual(seen, sorted(seen, reverse=True))


class Workspaces(ApiTest):
    def test_maker_owns_it_and_nobody_else_sees_it(self):
        me, other = self.user(), self.user()
        for name in ("two\nlines", "\u001b[31mred", "turned \u202eround"):
            self.problem(me.post("/workspaces", {"name": name}), 400, "E_USAGE", "control characters")
        r = me.post("/workspaces", {"name": "Ünïcode & <b>"})
        self.assertEqual((r.status, r.json["name"], r.json["role"]), (201, "Ünïcode & <b>", "owner"))
        self.assertIn(r.json["id"], [w["id"] for w in me.get("/workspaces").json["items"]])
        self.assertNotIn(r.json["id"], [w["id"] for w in other.get("/workspaces").json["items"]])
        self.problem(other.get(f"/workspaces/{r.json['id']}/files"), 404, "E_NOT_FOUND")

    def test_a_workspace_that_is_not_yours_looks_like_one_that_is_not_there(self):
        me, other = self.user(), self.user()
        a = self.problem(other.get(f"/workspaces/{me.ws}/files"), 404, "E_NOT_FOUND")
        b = self.problem(other.get("/workspaces/w_zzzzzzzzzzzzz/files"), 404, "E_NOT_FOUND")
        c = self.problem(other.get("/workspaces/whatever/files"), 404, "E_NOT_FOUND")
        self.assertEqual(len({x["detail"] for x in (a, b, c)}), 1)


class Members(ApiTest):
    def test_owner_adds_changes_and_removes(self):
        boss = self.user()
        email, password = self.stack.colleague(boss.email, "new.colleague@example.com")
        path = f"/workspaces/{boss.ws}/members/{email}"
        r = boss.put(path, {"role": "viewer"})
        self.assertEqual((r.status, r.json["role"], r.json["email"]), (200, "viewer", email))
        c = self.stack.client().login(email, password)
        self.assertEqual(c.session["workspaces"][0]["role"], "viewer")
        self.assertEqual(boss.put(path.upper().replace("/WORKSPACES", "/workspaces").replace("/MEMBERS", "/members")
                                  .replace(boss.ws.upper(), boss.ws), {"role": "editor"}).json["role"], "editor")
        self.assertEqual(c.get("/session").json["workspaces"][0]["role"], "editor")
        self.assertEqual({m["email"]: m["role"] for m in boss.get(f"/workspaces/{boss.ws}/members").json["items"]}, {boss.email: "owner", email: "editor"})
        self.assertEqual(boss.delete(path).status, 204)
        self.problem(c.get(f"/workspaces/{boss.ws}/files"), 404, "E_NOT_FOUND")
        self.problem(boss.delete(path), 404, "E_NOT_FOUND", "nobody with that address")

    def test_last_owner_stays(self):
        boss = self.user()
        path = f"/workspaces/{boss.ws}/members/{boss.email}"
        self.problem(boss.put(path, {"role": "viewer"}), 409, "E_CONFLICT", "at least one owner")
        self.problem(boss.delete(path), 409, "E_CONFLICT", "at least one owner")
        self.assertEqual(boss.get("/session").json["workspaces"][0]["role"], "owner")

    def test_people_of_other_tenants_and_nobodies_cannot_be_added(self):
        boss, stranger = self.user(), self.user()
        for email in (stranger.email, "nobody@example.com", "not-an-address", "%27%3B--"):
            self.problem(boss.put(f"/workspaces/{boss.ws}/members/{email}", {"role": "viewer"}), 404, "E_NOT_FOUND", "account")

    def test_auditor_sees_members_others_do_not(self):
        boss = self.user()
        self.assertEqual(self.member(boss, "auditor").get(f"/workspaces/{boss.ws}/members").status, 200)
        for role in ("editor", "approver", "viewer"):
            self.problem(self.member(boss, role).get(f"/workspaces/{boss.ws}/members"), 403, "E_FORBIDDEN")

    def test_changes_are_in_the_trail(self):
        boss = self.user()
        c = self.member(boss, "viewer")
        boss.delete(f"/workspaces/{boss.ws}/members/{c.email}")
        seen = self.sql(f"select string_agg(action || ' ' || object, ', ' order by id) from forge.audit_event where action like 'member.%' and object = '{c.email}'")
        self.assertEqual(seen, f"member.put {c.email}, member.delete {c.email}")
