# SPDX-License-Identifier: Apache-2.0
"""Step 2: hang the fetched records together: comments on posts, photos on albums, all on users.

The same record may have been fetched by several requests (all posts of a user, the first 20 posts); it is
kept once, by its id, as it came first. A record whose parent was not fetched is kept and listed.
"""
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from forge_step import Step, refuse  # noqa: E402


def records(dataset, name, path):
    """The list behind a request; for one made for each item, the lists of all items, in order."""
    answer = dataset.get(name)
    if answer is None:
        refuse("the fetched data has no `%s`" % name, path)
    lists = answer.items() if isinstance(answer, dict) else [(None, answer)]
    for item, rows in lists:
        where = name if item is None else "%s of %s" % (name, item)
        if not isinstance(rows, list):
            refuse("`%s` is not a list of records" % where, path)
        for index, row in enumerate(rows, 1):
            if not isinstance(row, dict) or not isinstance(row.get("id"), (int, str)):
                refuse("`%s` has a record without an id" % where, path, index)
            yield row


def by_id(*sources):
    """id -> record, over all sources; the first of an id wins."""
    found = {}
    for rows in sources:
        for row in rows:
            found.setdefault(row["id"], row)
    return found


def attach(children, parents, link, name):
    """Put each child's record under its parent as a list called name. Returns ids without a parent."""
    for parent in parents.values():
        parent[name] = []
    lost = []
    for child in children.values():
        key = child.get(link)
        parent = parents.get(key) if isinstance(key, (int, str)) else None
        if parent is None:
            lost.append(child["id"])
        else:
            parent[name].append(child)
    return lost


def main():
    step = Step()
    source = step.inputs["dataset"]
    dataset = source.json()
    if not isinstance(dataset, dict):
        refuse("the fetched data is not one object of requests", source.source_path)

    def of(name):
        return list(records(dataset, name, source.source_path))
    first_posts = of("first_posts")
    users = by_id(of("users"))
    posts = by_id(of("posts"), first_posts)
    comments = by_id(of("first_comments"), of("post_comments"))
    albums = by_id(of("albums"))
    todos = by_id(of("todos"))
    photos = by_id(of("album_photos"))
    first_ids = [row["id"] for row in first_posts]
    # Counted before anything is nested into anything else.
    counts = {name: len(rows) for name, rows in (
        ("users", users), ("posts", posts), ("comments", comments), ("albums", albums),
        ("todos", todos), ("photos", photos))}
    unrelated = {"comments": attach(comments, posts, "postId", "comments"),
                 "photos": attach(photos, albums, "albumId", "photos"),
                 "posts": attach(posts, users, "userId", "posts"),
                 "todos": attach(todos, users, "userId", "todos"),
                 "albums": attach(albums, users, "userId", "albums")}
    step.write_object("related", {
        "counts": counts, "unrelated": unrelated, "users": list(users.values()),
        "first_posts": [posts[one] for one in first_ids]})


if __name__ == "__main__":
    main()
