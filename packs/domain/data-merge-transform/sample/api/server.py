#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A small HTTP API with made-up users, posts, comments, albums, photos and todos, on loopback only.

    ./server.py [--port 8099]      serve (0: any free port); the first line printed begins with the port.
                                   Ends on SIGTERM, and when its standard input is a pipe that closes.
    ./server.py --answers          write answer_key.json beside this file and end
    ./server.py --check            compare it with what is checked in; exit 1 when it differs
    ./server.py --dataset          print what the sample's fetch step must return, as JSON

Paths: /users, /users/1, /users/1/posts, /posts?_limit=20, /posts/1/comments, /albums/1/photos, … and
filters such as /todos?userId=3. The data is generated, the same on every machine. The answers are kept
while it is generated; they do not come from the pack's programs.
"""
import json
import os
import stat
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
FIRST = ("Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farah", "Goran", "Hana", "Ivo", "Jun")
LAST = ("Ahlgren", "Baptiste", "Castellano", "Demir", "Eklund", "Fontaine", "Grieg", "Haddad", "Ito",
        "Jansen")
FIRMS = ("Alder & Finch", "Brightwater Ltd", "Copperfield Labs", "Dunes \"Nord\" GmbH", "Eastgate <Tools>",
         "Fathom Works", "Greyhound Press", "Harbour Mills", "Iron Lantern", "Juniper Row")
WORDS = ("river", "copper", "window", "quiet", "market", "signal", "harbour", "paper", "ladder", "winter",
         "garden", "engine", "corner", "lantern", "meadow", "number", "silver", "bridge", "letter", "stone",
         "carries", "follows", "measures", "keeps", "turns", "crosses", "answers", "leaves", "with",
         "under", "between", "before", "after", "without", "toward", "café", "naïve", "Zürich")
# Posts and todos of each user: one has no post, one no todo, one finished all, one none.
POSTS = (10, 8, 12, 0, 9, 7, 10, 11, 3, 10)
TODOS = (20, 18, 20, 15, 0, 21, 20, 19, 7, 20)
ALWAYS_DONE, NEVER_DONE = 7, 3


class Random:
    """SplitMix64: the same numbers on every Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) & (2 ** 64 - 1)
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & (2 ** 64 - 1)
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & (2 ** 64 - 1)
        return (z ^ (z >> 31)) % n

    def text(self, low, high):
        words = [WORDS[self.below(len(WORDS))] for _ in range(low + self.below(high - low + 1))]
        return " ".join(words).capitalize()


def build():
    """(tables, answers)."""
    random = Random(871)
    t = {"users": [], "posts": [], "comments": [], "albums": [], "photos": [], "todos": []}
    answers = []
    for index in range(10):
        user = index + 1
        name = "%s %s" % (FIRST[index], LAST[index])
        email = "%s.%s@example.org" % (FIRST[index].lower(), LAST[index].lower())
        t["users"].append({"id": user, "name": name, "username": FIRST[index].lower(), "email": email,
                           "address": {"city": "Springvale", "zipcode": "%05d" % (user * 1111)},
                           "phone": "+00 555 %04d" % user, "website": "example.org",
                           "company": {"name": FIRMS[index], "bs": random.text(3, 4)}})
        characters = done = 0
        for _ in range(POSTS[index]):
            body = random.text(8, 40) + "."
            characters += len(body)
            t["posts"].append({"userId": user, "id": len(t["posts"]) + 1,
                               "title": random.text(3, 7), "body": body})
        for _ in range(TODOS[index]):
            is_done = index != NEVER_DONE and (index == ALWAYS_DONE or random.below(100) < 55)
            done += is_done
            t["todos"].append({"userId": user, "id": len(t["todos"]) + 1, "title": random.text(2, 6),
                               "completed": bool(is_done)})
        for _ in range(10):
            t["albums"].append({"userId": user, "id": len(t["albums"]) + 1, "title": random.text(2, 5)})
        answers.append({"id": user, "name": name, "email": email, "company_name": FIRMS[index],
                        "post_count": POSTS[index], "body_characters": characters,
                        "todo_count": TODOS[index], "todos_done": int(done)})
    for post in t["posts"]:
        # The third and the seventh post of all have no comments.
        for _ in range(0 if post["id"] in (3, 7) else 3 + random.below(4)):
            number = len(t["comments"]) + 1
            t["comments"].append({"postId": post["id"], "id": number, "name": random.text(2, 4),
                                  "email": "reader%d@example.org" % number,
                                  "body": random.text(6, 20) + (" <b>bold</b>" if number == 5 else ".")})
    for album in t["albums"]:
        for _ in range(5):
            number = len(t["photos"]) + 1
            t["photos"].append({"albumId": album["id"], "id": number, "title": random.text(2, 5),
                                "url": "https://images.example.org/%d" % number,
                                "thumbnailUrl": "https://images.example.org/%d/small" % number})
    first = [one["id"] for one in t["comments"][:20]]
    of_one = [one["id"] for one in t["comments"] if one["postId"] == 1]
    key = {"schema": "forge.answer_key.v1", "playbook": "api-report.users", "users": answers,
           "summary": {"users": 10, "posts": len(t["posts"]), "comments": len(set(first + of_one))},
           "posts_without_comments": [p["title"] for p in t["posts"][:20] if p["id"] not in {
               c["postId"] for c in t["comments"][:20]} and p["id"] != 1],
           "first_posts": [p["title"] for p in t["posts"][:20]]}
    return t, key


LINKS = {"users": "userId", "posts": "postId", "albums": "albumId"}


def answer(tables, target):
    """(status, JSON value) for a request target."""
    url = urlsplit(target)
    parts = [part for part in url.path.split("/") if part]
    query = parse_qsl(url.query)
    if not parts or parts[0] not in tables or len(parts) > 3:
        return 404, {}
    rows = tables[parts[0]]
    if len(parts) >= 2:
        row = next((one for one in rows if str(one["id"]) == parts[1]), None)
        if row is None:
            return 404, {}
        if len(parts) == 2:
            return 200, row
        if parts[2] not in tables or parts[0] not in LINKS:
            return 404, {}
        rows = [one for one in tables[parts[2]] if str(one.get(LINKS[parts[0]])) == parts[1]]
    for name, value in query:
        if not name.startswith("_"):
            rows = [one for one in rows if str(one.get(name)) == value]
    limits = [value for name, value in query if name == "_limit"]
    if limits and limits[-1].isdigit():
        rows = rows[:int(limits[-1])]
    return 200, rows


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tables = None

    def do_GET(self):
        self.reply(*answer(self.tables, self.path), True)

    def do_HEAD(self):
        self.reply(*answer(self.tables, self.path), False)

    def reply(self, status, value, has_body):
        body = json.dumps(value, ensure_ascii=False, indent=2).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if has_body:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def dataset(tables):
    """What the playbook's fetch step returns."""
    def get(target):
        return answer(tables, target)[1]
    users = get("/users")
    each = {name: {str(one["id"]): get("/users/%s/%s" % (one["id"], name)) for one in users}
            for name in ("posts", "todos", "albums")}
    return {"users": users, **each, "first_posts": get("/posts?_limit=20"),
            "first_comments": get("/comments?_limit=20"), "post_comments": get("/posts/1/comments"),
            "album_photos": get("/albums/1/photos")}


def end_with_stdin(server):
    """Whoever started this server holds the other end of the pipe for as long as it is wanted."""
    while os.read(0, 4096):
        pass
    server.shutdown()


def main(argv):
    tables, key = build()
    path = os.path.join(HERE, "answer_key.json")
    text = json.dumps(key, indent=1, ensure_ascii=False) + "\n"
    if "--answers" in argv:
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return 0
    if "--check" in argv:
        with open(path, encoding="utf-8") as stream:
            return 0 if stream.read() == text else 1
    if "--dataset" in argv:
        print(json.dumps(dataset(tables), ensure_ascii=False))
        return 0
    port = int(argv[argv.index("--port") + 1]) if "--port" in argv else 8099
    Handler.tables = tables
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print("%d listening on http://127.0.0.1:%d" % ((server.server_address[1],) * 2), flush=True)
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        threading.Thread(target=end_with_stdin, args=(server,), daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
