# SPDX-License-Identifier: Apache-2.0
"""Signing in and out: sessions, their end, CSRF, the brake on guessing."""
import secrets
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from tests.api.base import ApiTest

PASSWORD = "correct horse battery"


class Session(ApiTest):
    def setUp(self):
        # Everything comes from one address here; its count must not carry over between tests.
        self.sql("delete from forge.auth_throttle")

    def account(self):
        email = f"s{secrets.token_hex(4)}@example.com"
        self.stack.create_user(email, "W", password=PASSWORD)
        return email

    def attempt(self, email, password, **kw):
        return self.stack.client().post("/session", {"email": email, "password": password}, **kw)

    def test_cookie_is_only_for_this_site_and_not_for_scripts(self):
        r = self.attempt(self.account(), PASSWORD)
        self.assertEqual(r.status, 200)
        parts = r.headers["Set-Cookie"].split("; ")
        self.assertRegex(parts[0], r"^forge_session=[0-9A-Za-z]{43}$")
        self.assertEqual(set(parts[1:]), {"Path=/", "HttpOnly", "SameSite=Lax"})

    def test_address_is_taken_in_any_case(self):
        self.assertEqual(self.attempt(self.account().upper(), PASSWORD).status, 200)

    def test_database_holds_no_token(self):
        c = self.stack.client().login(self.account(), PASSWORD)
        token = c.cookie.split("=")[1]
        self.assertEqual(self.sql(f"select count(*) from forge.session s where s::text like '%{token}%'"), "0")

    def test_wrong_password_and_unknown_user_are_one_answer(self):
        email = self.account()
        a = self.problem(self.attempt(email, "wrong password!"), 401, "E_UNAUTHENTICATED")
        b = self.problem(self.attempt("nobody@example.com", "wrong password!"), 401, "E_UNAUTHENTICATED")
        self.assertEqual({**a, "request_id": ""}, {**b, "request_id": ""})

    def test_unknown_user_takes_as_long_as_a_wrong_password(self):
        email = self.account()
        times = {email: [], "nobody@example.com": []}
        for _ in range(4):
            for who, seen in times.items():
                at = time.perf_counter()
                self.assertEqual(self.attempt(who, "wrong password!").status, 401)
                seen.append(time.perf_counter() - at)
        known, unknown = (statistics.median(t) for t in times.values())
        self.assertGreater(unknown, known / 2, "no hash was computed for an unknown user")
        self.assertLess(unknown, known * 2)

    def test_disabled_account_is_told_apart_by_nothing(self):
        email = self.account()
        self.sql(f"update forge.app_user set disabled = true where email = '{email}'")
        self.problem(self.attempt(email, PASSWORD), 401, "E_UNAUTHENTICATED", "the e-mail address or the password is wrong")

    def test_disabling_an_account_ends_its_sessions(self):
        email = self.account()
        c = self.stack.client().login(email, PASSWORD)
        self.sql(f"update forge.app_user set disabled = true where email = '{email}'")
        self.problem(c.get("/session"), 401, "E_UNAUTHENTICATED")

    def test_five_failures_make_the_account_wait_even_with_the_right_password(self):
        email = self.account()
        for _ in range(5):
            self.problem(self.attempt(email, "wrong password!"), 401, "E_UNAUTHENTICATED")
        r = self.attempt(email, PASSWORD)
        p = self.problem(r, 429, "E_RATE", "too many sign-ins failed")
        self.assertEqual(r.headers["Retry-After"], str(p["retry_after"]))
        self.assertIn(p["retry_after"], range(1, 6))
        other = self.account()
        self.assertEqual(self.attempt(other, PASSWORD).status, 200, "another account is not held up")
        self.sql("update forge.auth_throttle set blocked_until = now() - interval '1 second'")
        self.assertEqual(self.attempt(email, PASSWORD).status, 200)
        for _ in range(4):
            self.problem(self.attempt(email, "wrong password!"), 401, "E_UNAUTHENTICATED")
        self.assertEqual(self.attempt(email, PASSWORD).status, 200, "a good sign-in clears the count")

    def test_unknown_accounts_wait_too(self):
        email = f"nobody{secrets.token_hex(4)}@example.com"
        for _ in range(5):
            self.attempt(email, "wrong password!")
        self.problem(self.attempt(email, "wrong password!"), 429, "E_RATE")

    def test_an_address_that_tries_many_accounts_waits(self):
        for i in range(20):
            self.sql("update forge.auth_throttle set blocked_until = null where key like 'email:%'")
            self.attempt(f"spray{i}@example.com", "wrong password!")
        self.problem(self.attempt(self.account(), PASSWORD), 429, "E_RATE")

    def test_guesses_at_once_count_as_many(self):
        email = self.account()
        with ThreadPoolExecutor(12) as pool:
            codes = list(pool.map(lambda _: self.attempt(email, "wrong password!").status, range(12)))
        self.assertEqual(codes.count(401), 5, codes)
        self.assertEqual(codes.count(429), 7, codes)

    def test_signing_in_again_rotates_the_token(self):
        email = self.account()
        c = self.stack.client().login(email, PASSWORD)
        old, token = c.cookie, c.csrf
        c.login(email, PASSWORD)
        self.assertNotEqual(c.cookie, old)
        self.assertNotEqual(c.csrf, token)
        self.problem(self.stack.client().get("/session", headers={"Cookie": old}), 401, "E_UNAUTHENTICATED", "has ended")

    def test_two_devices_keep_their_sessions(self):
        email = self.account()
        a, b = self.stack.client().login(email, PASSWORD), self.stack.client().login(email, PASSWORD)
        self.assertEqual(a.get("/session").json["csrf"], a.csrf)
        self.assertEqual(b.get("/session").json["csrf"], b.csrf)

    def test_sign_out_ends_the_session_and_takes_the_cookie(self):
        c = self.stack.client().login(self.account(), PASSWORD)
        r = c.delete("/session")
        self.assertEqual((r.status, r.body), (204, b""))
        self.assertIn("Max-Age=0", r.headers["Set-Cookie"])
        self.problem(c.get("/session"), 401, "E_UNAUTHENTICATED")

    def test_idle_and_old_sessions_have_ended(self):
        for column in ("idle_until", "until"):
            email = self.account()
            c = self.stack.client().login(email, PASSWORD)
            self.sql(f"update forge.session set {column} = now() - interval '1 second' where user_id = (select id from forge.app_user where email = '{email}')")
            self.problem(c.get("/session"), 401, "E_UNAUTHENTICATED", "sign in again")

    def test_use_prolongs_the_idle_time_but_not_the_absolute_one(self):
        email = self.account()
        c = self.stack.client().login(email, PASSWORD)
        mine = f"user_id = (select id from forge.app_user where email = '{email}')"
        self.sql(f"update forge.session set last_seen_at = now() - interval '10 minutes', idle_until = now() + interval '20 minutes' where {mine}")
        self.assertEqual(c.get("/session").status, 200)
        self.assertEqual(self.sql(f"select idle_until > now() + interval '29 minutes' from forge.session where {mine}"), "t")
        self.sql(f"update forge.session set last_seen_at = now() - interval '10 minutes', until = now() + interval '5 minutes' where {mine}")
        self.assertEqual(c.get("/session").status, 200)
        self.assertEqual(self.sql(f"select idle_until <= until from forge.session where {mine}"), "t")

    def test_garbage_for_a_cookie_is_nobody(self):
        for value in ("forge_session=", "forge_session=x", "forge_session=" + "a" * 5000, "forge_session", "=;;=", "other=1"):
            self.problem(self.stack.client().get("/session", headers={"Cookie": value}), 401, "E_UNAUTHENTICATED")

    def test_change_without_the_token_is_refused(self):
        c = self.stack.client().login(self.account(), PASSWORD)
        self.problem(c.post("/workspaces", {"name": "x"}, csrf=False), 403, "E_CSRF", "X-Forge-CSRF")
        self.problem(c.post("/workspaces", {"name": "x"}, headers={"X-Forge-CSRF": "a" * 43}), 403, "E_CSRF")
        other = self.stack.client().login(self.account(), PASSWORD)
        self.problem(c.post("/workspaces", {"name": "x"}, headers={"X-Forge-CSRF": other.csrf}), 403, "E_CSRF")
        self.assertEqual(len(c.get("/workspaces").json["items"]), 1, "nothing was made")

    def test_change_from_another_site_is_refused(self):
        c = self.stack.client().login(self.account(), PASSWORD)
        own = self.stack.url
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": own.replace("http", "https")},
                        {"Origin": "http://127.0.0.1:1"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            self.problem(c.post("/workspaces", {"name": "x"}, headers=headers), 403, "E_CSRF", "another site")
        self.assertEqual(c.post("/workspaces", {"name": "x"}, headers={"Origin": own, "Sec-Fetch-Site": "same-origin"}).status, 201)

    def test_sign_in_from_another_site_is_refused(self):
        email = self.account()
        self.problem(self.attempt(email, PASSWORD, headers={"Origin": "http://evil.example"}), 403, "E_CSRF")
        self.assertEqual(self.attempt(email, PASSWORD, headers={"Origin": self.stack.url}).status, 200)

    def test_reading_from_another_site_needs_no_token(self):
        c = self.stack.client().login(self.account(), PASSWORD)
        self.assertEqual(c.get("/session", headers={"Sec-Fetch-Site": "cross-site"}).status, 200)

    def test_a_new_password_ends_the_sessions(self):
        email = self.account()
        c = self.stack.client().login(email, PASSWORD)
        self.sql(f"select forge.user_password('{email}', '{self.stack.hash('another good password')}')")
        self.problem(c.get("/session"), 401, "E_UNAUTHENTICATED")
        self.assertEqual(self.attempt(email, "another good password").status, 200)

    def test_trail_tells_of_both_ends_and_refusals(self):
        email = self.account()
        user = self.stack.made[email]["user"]
        c = self.stack.client().login(email, PASSWORD)
        c.post("/workspaces", {"name": "x"}, csrf=False)
        c.delete("/session")
        self.attempt(email, "wrong password!")
        seen = self.sql(f"select string_agg(action || ' ' || ok, ', ' order by id) from forge.audit_event where "
                        f"(user_id = (select id from forge.app_user where email = '{email}') and action <> 'user.create') or object = '{user}' and action = 'session.refused'")
        self.assertEqual(seen, "session.open true, csrf.refused false, session.end true, session.refused false")

    def test_nothing_secret_is_logged(self):
        email = self.account()
        c = self.stack.client().login(email, PASSWORD)
        self.attempt(email, "wrong password!")
        log = self.stack.programs["api"].log.read_text()
        for secret in (PASSWORD, "wrong password!", c.cookie.split("=")[1], c.csrf, email):
            self.assertNotIn(secret, log)
