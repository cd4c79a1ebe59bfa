# SPDX-License-Identifier: Apache-2.0
"""The queue: a step is claimed once, committed once, and only by who holds it; and what a run says afterwards."""
import json
import random
import threading

from tests.harness.scratch_pg import Later
from tests.sql.base import TTL, SqlTest, canon, from_file, from_step, plan, public_id, seal, sha, step

CHAIN = [step(0, inputs=[("f", from_file("in.txt", "abc"))]), step(1, after=[0], inputs=[("x", from_step(0))]),
         step(2, after=[0, 1], inputs=[("y", from_step(1))], outputs=["report"])]


class Queue(SqlTest):
    def ready_run(self, steps=None, cap=8, parallel=4, **kw):
        ws, user = self.workspace(cap)
        self.put_file(ws, user, "in.txt", "abc")
        return self.start(ws, user, plan(steps or CHAIN, parallel=parallel), **kw)

    def tearDown(self):
        """No run of one test is work for the next one."""
        self.super.script("delete from forge.ready; delete from forge.lease")

    # ---- the straight way -------------------------------------------------------------------------------------------

    def test_a_run_from_start_to_end(self):
        run = self.ready_run()
        self.assertEqual(self.states(run), ["ready", "blocked", "blocked"])
        for i in range(3):
            x = self.claim_one()
            self.assertEqual((x.row.step_id, x.row.attempt), (f"ps-{i}-s", "1"))
            self.assertEqual(sha(x.row.contract), x.row.contract_hash)
            self.assertEqual(json.loads(x.row.profile)["id"], "standard")
            self.assertEqual(self.claim(), [])
            x.preflight(self.runner)
            got = x.commit(self.runner)
            self.assertEqual((got.run_state, got.readied), ("running", "1") if i < 2 else ("done", "0"))
        r = self.run_row(run)
        self.assertEqual((r.state, r.steps_left, r.error), ("done", "0", None))
        self.assertIsNotNone(r.ended_at)
        one = ["step.ready", "step.start", "step.done"]
        self.assertEqual(self.kinds(run), ["run.start", *one * 3, "run.done"])
        self.assertEqual(self.kinds(run, "receipt"), ["run.start", *["preflight", "postflight"] * 3, "run.done"])
        rows = self.assertChain(run)
        start = json.loads(rows[0].body)
        self.assertEqual((start["schema"], start["plan_hash"], start["run"]), ("forge.run-start.v1", r.plan_hash, public_id("r", run)))
        self.assertEqual([s["step_id"] for s in start["steps"]], ["ps-0-s", "ps-1-s", "ps-2-s"])
        a = self.super.one("select * from forge.artifact where run_id = $1 and no = 3", run)
        self.assertEqual((a.name, a.path, a.sha256, a.is_deliverable, a.row_count), ("report", "output/2-report", sha("output/2-report"), "t", "2"))
        h = self.super.one("select state, verdict, harness_total_us, program_us from forge.attempt where run_id = $1 and no = 3", run)
        self.assertEqual((h.state, h.verdict, h.harness_total_us, h.program_us), ("done", "ok", "15", "1000"))
        kinds = self.super.q("select kind, count(*)::text as n from forge.blob_ref where owner = $1 group by kind order by kind", run)
        self.assertEqual([(k.kind, k.n) for k in kinds], [("artifact", "3"), ("log", "2"), ("program", "1")])

    def test_inputs_are_the_frozen_file_and_what_the_step_before_wrote(self):
        run = self.ready_run()
        for want in (("f", "file", sha("abc"), "3"), ("x", "step", sha("output/0-out"), "3")):
            x = self.claim_one()
            i = self.runner.one("select * from forge.step_input($1, $2, $3)", *x.key)
            self.assertEqual((i.name, i.source_type, i.sha256, i.bytes), want)
            x.commit(self.runner)
        self.assertEqual(self.states(run), ["done", "done", "ready"])

    def test_a_replaced_file_does_not_change_what_was_frozen(self):
        ws, user = self.workspace()
        self.put_file(ws, user, "in.txt", "abc")
        self.start(ws, user, plan(CHAIN))
        self.put_file(ws, user, "in.txt", "other")
        with self.api.tx(ws):
            self.api.q("select forge.file_drop('in.txt')")
        x = self.claim_one()
        self.assertEqual(self.runner.one("select sha256 from forge.step_input($1, $2, $3)", *x.key), sha("abc"))

    # ---- starting ----------------------------------------------------------------------------------------------------

    def test_a_key_starts_one_run_and_another_request_under_it_is_refused(self):
        ws, user = self.workspace()
        self.put_file(ws, user, "in.txt", "abc")
        doc, other = plan(CHAIN), plan(CHAIN[:1])
        p, o = self.put_plan(ws, user, doc), self.put_plan(ws, user, other)

        def start(plan_id, doc, key):
            with self.api.tx(ws):
                return self.api.one("select * from forge.start_run($1, $2, $3, $4)", user, key, plan_id, doc["plan_hash"])
        first, again = start(p, doc, "k"), start(p, doc, "k")
        self.assertEqual((first.replayed, again.replayed, again.run_id), ("f", "t", first.run_id))
        self.assertState("FQ002", start, o, other, "k")
        self.assertNotEqual(start(p, doc, None).run_id, start(p, doc, None).run_id)
        self.assertNotEqual(start(p, doc, "k2").run_id, first.run_id)

    def test_two_at_once_with_one_key_start_one_run(self):
        ws, user = self.workspace()
        self.put_file(ws, user, "in.txt", "abc")
        doc = plan(CHAIN)
        p = self.put_plan(ws, user, doc)
        two = self.session("api")
        sql, args = "select * from forge.start_run($1, 'twin', $2, $3)", (user, p, doc["plan_hash"])

        def second():
            with two.tx(ws):
                return two.one(sql, *args)
        pid = two.one("select pg_backend_pid()")
        with self.api.tx(ws):
            first = self.api.one(sql, *args)
            later = Later(second)
            self.pg.wait_blocked(self.super, pid)
        got = later.value()
        self.assertEqual((first.replayed, got.replayed, got.run_id), ("f", "t", first.run_id))

    def test_a_start_that_was_rolled_back_leaves_the_key_free(self):
        ws, user = self.workspace()
        self.put_file(ws, user, "in.txt", "abc")
        doc = plan(CHAIN)
        p = self.put_plan(ws, user, doc)
        sql, args = "select * from forge.start_run($1, 'k', $2, $3)", (user, p, doc["plan_hash"])
        with self.assertRaises(RuntimeError), self.api.tx(ws):
            self.api.one(sql, *args)
            raise RuntimeError
        with self.api.tx(ws):
            self.assertEqual(self.api.one(sql, *args).replayed, "f")

    def test_what_was_frozen_is_hashed_again_before_it_runs(self):
        ws, user = self.workspace()
        self.put_file(ws, user, "in.txt", "abc")
        doc = plan(CHAIN)
        p = self.put_plan(ws, user, doc)

        def start(plan_hash=doc["plan_hash"]):
            with self.api.tx(ws):
                self.api.q("select forge.start_run($1, null, $2, $3)", user, p, plan_hash)
        self.assertState("FQ010", start, sha("another plan"), says="does not have the hash that was asked for")
        # somebody with the superuser's rights changes a byte of a contract, past trigger and check
        tamper = "update forge.plan_step set contract = replace(contract, 'Step 1', 'Step 9') where plan_id = %s" % p
        self.super.script("set session_replication_role = replica; alter table forge.plan_step drop constraint plan_step_check")
        self.super.script(tamper + "; set session_replication_role = origin")
        try:
            self.assertState("FQ010", start, says="the contract of ps-1-s does not have the hash that was frozen")
        finally:
            self.super.script("set session_replication_role = replica; " + tamper.replace("'Step 1', 'Step 9'", "'Step 9', 'Step 1'"))
            self.super.script("set session_replication_role = origin; alter table forge.plan_step add constraint plan_step_check"
                              " check (contract_hash = forge.sha256_text(contract))")
        start()

    def test_a_plan_that_does_not_fit_its_hashes_is_not_stored(self):
        ws, user = self.workspace()
        self.put_file(ws, user, "in.txt", "abc")

        def spoiled(change, reseal=True):
            doc = json.loads(canon(plan(CHAIN)))
            change(doc)
            return seal(doc) if reseal else doc

        def hashed(doc, i, key, value):
            doc["steps"][i]["contract"][key] = value
            doc["steps"][i]["contract_hash"] = sha(canon(doc["steps"][i]["contract"]))
        for doc, says in (
                (spoiled(lambda d: d["steps"][1]["contract"].update(label="x")), "contract_hash of ps-1-s is not the hash"),
                (spoiled(lambda d: d["profile"].update(id="x")), "profile_sha256 is not the hash"),
                (spoiled(lambda d: d.update(plan_hash=sha("x")), False), "plan_hash is not the root"),
                (spoiled(lambda d: d.update(objective_sha256=sha("x"))), "objective_sha256 is not the hash"),
                (spoiled(lambda d: d["steps"].reverse()), "is not in its place"),
                (spoiled(lambda d: hashed(d, 0, "depends_on", ["ps-2-s"])), "ps-0-s depends on a step that does not come before it"),
                (spoiled(lambda d: hashed(d, 1, "depends_on", ["ps-1-s"])), "ps-1-s depends on a step that does not come before it"),
                (spoiled(lambda d: d.update(schema="forge.plan.v0")), "not a forge.plan.v1 document")):
            self.assertState("FQ010", self.put_plan, ws, user, doc, says=says)
        self.assertEqual(self.super.one("select count(*) from forge.plan where ws = $1", ws), "0")
        self.put_plan(ws, user, plan(CHAIN))

    def test_a_start_tells_the_runners_in_its_own_commit(self):
        listener = self.session("runner")
        listener.script("listen forge_ready")
        self.ready_run()
        self.assertEqual(listener.notified(), [("forge_ready", "")])

    # ---- claiming ----------------------------------------------------------------------------------------------------

    def test_two_runners_share_the_steps_and_none_gets_one_twice(self):
        run = self.ready_run([step(i) for i in range(40)], cap=100, parallel=100)
        sessions = [self.session("runner") for _ in range(4)]

        def drain(s):
            got = []
            while more := self.claim(n=3, db=s):
                got += more
            return got
        threads = [Later(drain, s) for s in sessions]
        numbers = [int(x.row.no) for t in threads for x in t.value()]
        numbers += [int(x.row.no) for x in self.claim(n=100)]  # what a claimer left because another held the workspace
        self.assertEqual(sorted(numbers), list(range(1, 41)))
        self.assertEqual(self.states(run), ["leased"] * 40)

    def test_a_second_claimer_waits_for_the_first_and_takes_the_rest(self):
        self.ready_run([step(i) for i in range(4)], parallel=4)
        two = self.session("runner")
        pid = two.one("select pg_backend_pid()")
        with self.runner.tx():
            first = self.claim(n=2)
            later = Later(lambda: self.claim(n=4, db=two))
            self.pg.wait_blocked(self.super, pid)
        self.assertEqual(sorted([x.row.no for x in first] + [x.row.no for x in later.value()]), ["1", "2", "3", "4"])

    def test_a_claim_that_was_rolled_back_never_was(self):
        run = self.ready_run()
        with self.assertRaises(RuntimeError), self.runner.tx():
            self.assertEqual(len(self.claim()), 1)
            raise RuntimeError
        self.assertEqual(self.states(run)[0], "ready")
        self.assertEqual(self.claim_one().row.attempt, "1")

    def test_no_more_at_once_than_the_workspace_and_the_run_may(self):
        self.ready_run([step(i) for i in range(9)], cap=3, parallel=9)
        self.assertEqual(sum(len(self.claim()) for _ in range(4)), 3)
        run = self.ready_run([step(i) for i in range(9)], cap=9, parallel=2)
        got = [x for _ in range(4) for x in self.claim()]
        self.assertEqual([x.row.run_id for x in got], [run] * 2)
        got[0].commit(self.runner)
        self.assertEqual(len(self.claim()), 1)

    def test_a_wide_run_does_not_starve_another_of_its_workspace(self):
        ws, user = self.workspace(cap=8)
        wide = self.start(ws, user, plan([step(i) for i in range(20)], parallel=2))
        narrow = self.start(ws, user, plan([step(0)], parallel=2))
        got = [x.row.run_id for _ in range(4) for x in self.claim()]
        self.assertEqual(sorted(got), sorted([wide, wide, narrow]))

    def test_workspaces_take_turns(self):
        runs = [self.ready_run([step(i) for i in range(6)]) for _ in range(3)]
        seen, after = [], 0
        for _ in range(6):
            x = self.claim_one(after=after)
            after = x.row.ws
            seen.append(runs.index(x.row.run_id))
        self.assertEqual(seen, [0, 1, 2] * 2)

    def test_a_paused_workspace_is_left_alone(self):
        run = self.ready_run()
        ws = self.run_row(run).ws
        self.super.q("update forge.workspace set paused = true where id = $1", ws)
        self.assertEqual(self.claim(), [])
        self.super.q("update forge.workspace set paused = false where id = $1", ws)
        self.assertEqual(len(self.claim()), 1)

    # ---- the fence -----------------------------------------------------------------------------------------------------

    def test_an_expired_lease_writes_nothing(self):
        run = self.ready_run()
        x = self.claim_one()
        self.expire_lease(x)
        self.assertEqual(x.beat(self.runner), [])
        for call in (lambda: x.preflight(self.runner), lambda: x.commit(self.runner), lambda: x.fail(self.runner, True),
                     lambda: x.release(self.runner), lambda: self.runner.q("select * from forge.step_input($1, $2, $3)", *x.key),
                     lambda: self.runner.q("select forge.step_phase($1, $2, $3, 'x')", *x.key)):
            self.assertState("FQ001", call, says="no longer owns the step")
        self.assertEqual(self.kinds(run, "receipt"), ["run.start"])

    def test_after_reaping_the_next_attempt_commits_and_the_stale_one_cannot(self):
        run = self.ready_run([step(0)])
        old = self.claim_one()
        old.preflight(self.runner)
        self.assertEqual(self.sched.q("select * from forge.reap()"), [])
        self.expire_lease(old)
        self.assertEqual([(r.step_id, r.attempt) for r in self.sched.q("select * from forge.reap()")], [("ps-0-s", "1")])
        self.assertEqual(self.claim(), [])  # a moment's patience first
        self.make_due()
        new = self.claim_one(life="life-2")
        self.assertEqual(new.row.attempt, "2")
        self.assertGreater(int(new.row.epoch), int(old.row.epoch))
        self.assertState("FQ001", old.commit, self.runner)
        new.preflight(self.runner)
        self.assertState("FQ001", old.commit, self.runner)
        self.assertEqual(new.commit(self.runner).run_state, "done")
        self.assertState("FQ001", new.commit, self.runner)
        self.assertState("FQ001", old.fail, self.runner, True)
        self.assertEqual(self.kinds(run, "receipt"), ["run.start", "preflight", "attempt.lost", "preflight", "postflight", "run.done"])
        self.assertEqual([(a.attempt, a.state, a.verdict) for a in self.super.q("select * from forge.attempt where run_id = $1 order by attempt", run)],
                         [("1", "lost", "lost"), ("2", "done", "ok")])
        self.assertChain(run)

    def test_a_commit_and_the_reaper_at_once_have_one_winner(self):
        run = self.ready_run([step(0)])
        x = self.claim_one()
        other = self.session("runner")
        pid = other.one("select pg_backend_pid()")
        self.expire_lease(x)
        with self.sched.tx():
            self.assertEqual(len(self.sched.q("select * from forge.reap()")), 1)
            later = Later(lambda: x.commit(other))
            self.pg.wait_blocked(self.super, pid)
        self.assertState("FQ001", later.value)
        self.assertEqual(self.states(run), ["ready"])
        self.assertChain(run)

    def test_the_reaper_waits_for_nobody(self):
        runs = [self.ready_run([step(0)]) for _ in range(2)]
        for x in self.claim():
            self.expire_lease(x)
        self.sched.script("set statement_timeout = '5s'")
        with self.super.tx():
            self.super.q("select from forge.run where id = $1 for update", runs[0])  # as any writer of that run has it
            self.assertEqual([r.run_id for r in self.sched.q("select * from forge.reap()")], [runs[1]])
        self.assertEqual([r.run_id for r in self.sched.q("select * from forge.reap()")], [runs[0]])

    def test_two_steps_of_a_run_commit_at_once_and_both_count(self):
        run = self.ready_run([step(0), step(1), step(2, after=[0, 1])])
        a, b = self.claim()
        two = self.session("runner")
        pid = two.one("select pg_backend_pid()")
        with self.runner.tx():
            self.assertEqual(a.commit(self.runner).readied, "0")
            later = Later(lambda: b.commit(two))
            self.pg.wait_blocked(self.super, pid)
        self.assertEqual(later.value().readied, "1")
        self.assertEqual(self.states(run), ["done", "done", "ready"])
        self.assertChain(run)

    def test_a_heartbeat_prolongs_what_is_held_and_names_nothing_else(self):
        self.ready_run([step(0), step(1)])
        a, b = self.claim(ttl="1 s")
        before = self.super.one("select until from forge.lease where token = $1", a.row.token)
        got = self.runner.q("select * from forge.heartbeat(array[$1, $2, gen_random_uuid()::text]::uuid[], $3)", a.row.token, b.row.token, TTL)
        self.assertEqual({(r.token, r.is_stopping) for r in got}, {(a.row.token, "f"), (b.row.token, "f")})
        self.assertGreater(self.super.one("select until from forge.lease where token = $1", a.row.token), before)

    def test_a_restarted_runner_gives_back_at_once_what_it_held(self):
        run = self.ready_run([step(0), step(1), step(2)], parallel=3)
        self.claim(n=2, host="host-a", life="one")
        self.claim(n=1, host="host-b", life="one")
        got = self.runner.q("select * from forge.release_host('host-a', 'two')")
        self.assertEqual([r.step_id for r in got], ["ps-0-s", "ps-1-s"])
        self.assertEqual(self.states(run), ["ready", "ready", "leased"])
        again = self.claim(host="host-a", life="two")
        self.assertEqual([x.row.attempt for x in again], ["2", "2"])
        self.assertEqual(self.runner.q("select * from forge.release_host('host-a', 'two')"), [])
        lost = [json.loads(r.body) for r in self.super.q("select body from forge.receipt where run_id = $1 and kind = 'attempt.lost'", run)]
        self.assertEqual([(b["step"], b["attempt"], b["reason"]) for b in lost],
                         [("ps-0-s", 1, "the runner was restarted"), ("ps-1-s", 1, "the runner was restarted")])

    # ---- what a receipt may say -----------------------------------------------------------------------------------------

    def test_a_receipt_that_is_not_about_this_attempt_is_refused(self):
        run = self.ready_run()
        x = self.claim_one()
        for key, value in (("run", public_id("r", 7)), ("step", "ps-1-s"), ("attempt", 2), ("epoch", 0), ("contract_hash", sha("x")), ("plan_hash", sha("x"))):
            for call in (x.preflight, x.commit):
                self.assertState("FQ010", call, self.runner, says=f"the receipt says {key} is", **{key: value})
            self.assertState("FQ010", x.fail, self.runner, True, says=f"the receipt says {key} is", **{key: value})
        self.assertEqual((self.states(run)[0], self.kinds(run, "receipt")), ("leased", ["run.start"]))

    def test_a_commit_needs_each_output_of_the_contract_and_no_other(self):
        self.ready_run([step(0, outputs=["a", "b"])])
        x = self.claim_one()
        a, b = json.loads(x.receipt())["predicate"]["forge"]["outputs"]
        for outputs, name in (([a], "b"), ([a, b, {**a, "name": "c"}], "c"), ([a, {**b, "path": "elsewhere"}], "b"), ([a, {**b, "kind": "image.png"}], "b")):
            self.assertState("FQ010", x.commit, self.runner, says=f"differ about output {name}", outputs=outputs)
        self.assertState("FQ010", x.commit, self.runner, says="only with the verdict ok", verdict="oom")
        self.assertEqual(x.commit(self.runner).run_state, "done")

    def test_a_failure_says_what_failed(self):
        self.ready_run()
        x = self.claim_one()
        self.assertState("FQ010", x.fail, self.runner, True, says="needs a failure with class and message", failure=None)

    def test_the_chain_shows_a_change_wherever_it_is_made(self):
        run = self.ready_run()
        x = self.claim_one()
        x.preflight(self.runner)
        x.commit(self.runner)
        self.assertChain(run)
        for column, value in (("body", "'{}'"), ("kind", "'preflight'"), ("step_id", "'ps-9-s'"), ("attempt", "7"), ("prev", f"'{sha('x')}'"), ("hash", f"'{sha('x')}'")):
            with self.assertRaises(RuntimeError), self.super.tx():
                self.super.script("set local session_replication_role = replica")
                self.super.script(f"update forge.receipt set {column} = {value} where run_id = {run} and seq = 3")
                v = self.super.one("select * from forge.verify_run($1)", run)
                self.assertEqual((v.ok, v.bad_seq), ("f", "3"), column)
                raise RuntimeError
        for seq, bad in ((1, "1"), (3, "3")):
            with self.assertRaises(RuntimeError), self.super.tx():
                self.super.script("set local session_replication_role = replica")
                self.super.q(f"delete from forge.receipt where run_id = {run} and seq = {seq}")
                v = self.super.one("select * from forge.verify_run($1)", run)
                self.assertEqual((v.ok, v.bad_seq), ("f", bad), f"receipt {seq} removed")
                raise RuntimeError
        self.assertChain(run)

    # ---- failing, losing, stopping --------------------------------------------------------------------------------------

    def test_a_retryable_failure_is_tried_again_as_often_as_the_contract_says(self):
        run = self.ready_run([step(0, retries=2), step(1, after=[0])])
        for attempt in (1, 2):
            got = self.claim_one().fail(self.runner, True)
            self.assertEqual(got.run_state, "running")
            self.assertIsNotNone(got.retry_at)
            self.assertEqual(self.claim(), [])
            self.make_due()
        got = self.claim_one().fail(self.runner, True)
        self.assertEqual((got.run_state, got.retry_at), ("failed", None))
        self.assertEqual(self.states(run), ["failed", "cancelled"])
        r = self.run_row(run)
        self.assertEqual(json.loads(r.error), {"step": "ps-0-s", "class": "program", "message": "it said no", "place": None})
        self.assertEqual(self.kinds(run)[-2:], ["step.failed", "run.failed"])
        self.assertEqual(json.loads(self.assertChain(run)[-1].body)["step"], "ps-0-s")

    def test_what_cannot_get_better_is_not_tried_again(self):
        run = self.ready_run([step(0, retries=5)])
        self.assertEqual(self.claim_one().fail(self.runner, False).run_state, "failed")
        self.assertEqual(self.claim(), [])
        self.assertEqual(self.super.one("select failure->>'retryable' from forge.attempt where run_id = $1", run), "false")

    def test_a_success_after_a_failure_forgets_the_error_and_keeps_the_attempts(self):
        run = self.ready_run([step(0)])
        self.claim_one().fail(self.runner, True)
        self.make_due()
        self.assertEqual(self.claim_one().commit(self.runner).run_state, "done")
        self.assertIsNone(self.super.one("select error from forge.step where run_id = $1", run))
        self.assertEqual([a.state for a in self.super.q("select state from forge.attempt where run_id = $1 order by attempt", run)], ["failed", "done"])

    def test_a_step_that_is_lost_three_times_fails_its_run(self):
        run = self.ready_run([step(0, retries=9)])
        for life in ("two", "three", "four"):
            self.assertEqual(self.run_row(run).state, "running")
            self.make_due()
            self.claim_one(life="before " + life)
            self.runner.q("select * from forge.release_host('host-a', $1)", life)
        r = self.run_row(run)
        self.assertEqual((r.state, json.loads(r.error)["class"]), ("failed", "lost"))
        self.assertChain(run)

    def test_when_a_step_fails_the_others_are_stopped_and_the_run_ends_with_the_last(self):
        run = self.ready_run([step(0), step(1), step(2), step(3, after=[0])], parallel=2)
        a, b = self.claim()
        self.assertEqual(a.fail(self.runner, False).run_state, "running")
        self.assertEqual(self.states(run), ["failed", "leased", "cancelled", "cancelled"])
        self.assertEqual([r.is_stopping for r in b.beat(self.runner)], ["t"])
        self.assertEqual(b.release(self.runner, "the run is stopping"), "failed")
        self.assertEqual(self.states(run), ["failed", "cancelled", "cancelled", "cancelled"])
        self.assertEqual(self.kinds(run)[-1], "run.failed")
        self.assertChain(run)

    def test_a_commit_while_the_run_is_stopping_counts_and_starts_nothing(self):
        run = self.ready_run([step(0), step(1), step(2, after=[1])], parallel=2)
        a, b = self.claim()
        a.fail(self.runner, False)
        got = b.commit(self.runner)
        self.assertEqual((got.run_state, got.readied), ("failed", "0"))
        self.assertEqual(self.states(run), ["failed", "done", "cancelled"])

    def test_giving_a_step_back_is_no_failure(self):
        run = self.ready_run([step(0, retries=0)])
        for _ in range(5):
            self.assertEqual(self.claim_one().release(self.runner), "running")
        self.assertEqual(self.claim_one().commit(self.runner).run_state, "done")
        self.assertEqual(self.super.one("select failures + losses from forge.step where run_id = $1", run), "0")
        self.assertChain(run)

    def cancel(self, run):
        with self.api.tx(self.run_row(run).ws):
            return self.api.one("select forge.cancel_run($1)", run)

    def test_cancel_before_anything_runs_ends_at_once(self):
        run = self.ready_run()
        self.assertEqual(self.cancel(run), "cancelled")
        self.assertEqual(self.states(run), ["cancelled"] * 3)
        self.assertEqual(self.claim(), [])
        self.assertEqual(self.kinds(run)[-1], "run.cancelled")
        self.assertState("FQ011", self.cancel, run, says="has ended already")
        self.assertChain(run)

    def test_cancel_while_a_step_runs_ends_when_it_is_given_back_or_lost(self):
        for lost in (False, True):
            run = self.ready_run()
            x = self.claim_one()
            self.assertEqual(self.cancel(run), "running")
            self.assertEqual([r.is_stopping for r in x.beat(self.runner)], ["t"])
            if lost:
                self.expire_lease(x)
                self.sched.q("select * from forge.reap()")
            else:
                x.release(self.runner)
            self.assertEqual((self.run_row(run).state, self.states(run)), ("cancelled", ["cancelled"] * 3))
            self.assertEqual(self.claim(), [])
            self.assertChain(run)

    def test_a_gate_waits_holds_nothing_and_is_decided_once(self):
        for ok in (True, False):
            run = self.ready_run([step(0), step(1, after=[0], gate={"says": "look"})])
            self.claim_one().commit(self.runner)
            self.assertEqual((self.run_row(run).state, self.states(run)), ("waiting", ["done", "gate"]))
            self.assertEqual(self.claim(), [])
            r = self.run_row(run)

            def decide():
                with self.api.tx(r.ws):
                    return self.api.one("select forge.decide_gate($1, $2, 'ps-1-s', $3)", r.started_by, run, ok)
            self.assertEqual(decide(), "running" if ok else "failed")
            self.assertState("FQ003", decide, says="the gate is not open")
            if ok:
                self.assertEqual(self.claim_one().commit(self.runner).run_state, "done")
            self.assertEqual(self.states(run), ["done", "done" if ok else "failed"])
            self.assertChain(run)

    # ---- time ------------------------------------------------------------------------------------------------------------

    def deadline(self):
        d = self.sched.one("select * from forge.next_deadline($1)", TTL)
        return None if d.wait_ms is None else int(d.wait_ms), int(d.due)

    def test_the_next_deadline_is_that_of_the_next_thing_to_do(self):
        self.assertEqual(self.deadline(), (None, 0))
        run = self.ready_run([step(0)])
        wait, due = self.deadline()
        self.assertEqual((9000 < wait <= 10000, due), (True, 1))
        x = self.claim_one(ttl="3 s")
        wait, due = self.deadline()
        self.assertEqual((1000 < wait <= 3000, due), (True, 0))
        x.fail(self.runner, True)
        wait, due = self.deadline()
        self.assertTrue(0 <= wait <= 200, wait)
        self.cancel(run)
        self.assertEqual(self.deadline(), (None, 0))

    def test_time_removes_what_it_made_useless_and_nothing_else(self):
        ws, user = self.workspace()
        s = "insert into forge.session (token_sha, csrf, user_id, until) values ($1, repeat('c', 32), $2, now() + $3)"
        for token, until in (("old", "-8 days"), ("ended", "-1 day"), ("live", "1 day")):
            self.super.q(s, sha(token + ws), user, until)
        self.super.q("insert into forge.auth_throttle (key, last_at) values ('old', now() - interval '2 days'), ('new', now())")
        self.super.q("insert into forge.idem (ws, key, request_sha, run_id, created_at) values ($1, 'old', $2, 1, now() - interval '8 days'), ($1, 'new', $2, 1, now())",
                     ws, sha("x"))
        e = self.sched.one("select * from forge.expire()")
        self.assertEqual((e.sessions, e.idems, e.throttles), ("1", "1", "1"))
        self.assertEqual(self.super.one("select count(*) from forge.session where user_id = $1", user), "2")

    def test_wake_names_the_runs_in_payloads_that_fit(self):
        listener = self.session("runner")
        listener.script("listen forge_event; listen forge_ready")
        self.runner.q("select forge.wake($1, false)", "{" + ",".join(str(10**18 + i) for i in range(700)) + "}")
        got = listener.notified(3)
        self.assertEqual([c for c, _ in got], ["forge_event"] * 3)
        self.assertEqual([len(p.split(",")) for _, p in got], [300, 300, 100])
        self.runner.q("select forge.wake('{5}', true)")
        self.assertEqual(listener.notified(2), [("forge_event", "5"), ("forge_ready", "")])
        self.runner.q("select forge.wake('{}', true)")
        self.assertEqual(listener.notified(), [("forge_ready", "")])


class Storm(SqlTest):
    """Random faults from several runners at once; whatever happens, each step is done once and the chain holds."""
    RUNS, WIDTH, WORKERS = 6, 8, 4

    def test_every_step_is_committed_exactly_once(self):
        seed = random.randrange(1 << 30)
        print(f"# seed {seed}")
        runs = []
        for _ in range(self.RUNS):
            ws, user = self.workspace()
            steps = [step(i, after=[j for j in (i - 1, i - 3) if j >= 0 and i % 3], retries=100) for i in range(self.WIDTH)]
            runs.append(self.start(ws, user, plan(steps)))
        total = self.RUNS * self.WIDTH

        def work(k):
            rnd, db = random.Random(seed + k), self.session("runner")
            sched, commits, stale, life = self.session("sched"), 0, [], 0
            while int(db_count.one("select count(*) from forge.run where state = 'running'") if k == 0 else 1) and not done.is_set():
                for x in self.claim(n=2, db=db, host=f"h{k}", life=str(life)):
                    what = rnd.random()
                    x.preflight(db)
                    if what < 0.10:
                        stale.append(x)
                        life += 1
                        db.q("select * from forge.release_host($1, $2)", f"h{k}", str(life))  # killed and restarted
                        break
                    if what < 0.2:
                        x.fail(db, True)
                    elif what < 0.3:
                        x.release(db)
                    else:
                        x.commit(db)
                        commits += 1
                for x in stale:
                    self.assertState("FQ001", x.commit, db)
                self.super_k[k].q("update forge.ready set run_at = now() - interval '1 s' where run_at > now()")
                self.super_k[k].q("update forge.step set losses = 0 where losses > 0")
                sched.q("select * from forge.reap()")
            done.set()
            return commits
        done = threading.Event()
        db_count = self.session("super")
        self.super_k = [self.session("super") for _ in range(self.WORKERS)]
        commits = sum(t.value(60) for t in [Later(work, k) for k in range(self.WORKERS)])
        self.assertEqual(commits, total, f"seed {seed}")
        for run in runs:
            self.assertEqual((self.run_row(run).state, self.states(run)), ("done", ["done"] * self.WIDTH))
            self.assertChain(run)
        self.assertEqual(self.super.one("select count(*) from forge.attempt where state = 'done'"), str(total))
        self.assertEqual(self.super.one("select count(*) from forge.artifact"), str(total))
