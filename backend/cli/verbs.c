/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#define WS "  --workspace W   id or name; the first of yours otherwise\n"

const struct cli_verb cli_verbs[] = {
    {"up", "[--port N]", "start the embedded stack (root)",
	"Postgres, nginx on 127.0.0.1, the API pools, the runner and the scheduler, under s6, with all state in var/.\n"
	"  --port N        listen there; otherwise 8080 or the next free port\n",
	verb_up},
    {"down", "", "stop the embedded stack; nothing of it stays behind but var/", NULL, verb_down},
    {"status", "", "say whether the embedded stack is up (exit 1 when not)", NULL, verb_status},
    {"doctor", "", "check this machine: kernel, cgroups, packages, ports; and say how to mend each",
	"Exit 1 when something is missing that the stack cannot do without.\n", verb_doctor},
    {"migrate", "", "bring a database's schema up to date",
	"The database is named by FORGE_DB (libpq conninfo), as its owner. `forgectl up` does this for the embedded one.\n",
	verb_migrate},
    {"demo", "[--fresh] [--main] [--port N]", "start the stack and do the sample jobs, from files to a checked report",
	"  --fresh         start over: empties var/\n  --main          only the billing audit\n", verb_demo},
    {"go", "DIR --objective FILE [--out DIR] [--profile P]", "make a workspace of a folder, plan, run, fetch the deliverables",
	"  --objective F   a file with the words, or the words in quotes\n"
	"  --out DIR       where deliverables go; DIR/forge-out otherwise\n"
	"  --profile P     the execution profile; `standard` otherwise\n"
	"Uses your log-in; as root with nobody signed in, the embedded stack.\n",
	verb_go},
    {"login", "[URL] --email E [--password-stdin] | --out", "sign in to a server; the session is kept for you alone",
	"  --out           forget the session\n", verb_login},
    {"user", "add EMAIL [--name NAME] | password EMAIL", "make a colleague in the embedded stack, or give a new password (root)",
	"The password is made and shown once. Roles are given by a workspace's owner.\n", verb_user},
    {"workspace", "list | create NAME", "list your workspaces or make one", NULL, verb_workspace},
    {"file", "list | put PATH [--as NAME] | get PATH [--out F] | rm PATH", "the files of a workspace", WS, verb_file},
    {"plan", "list | make --objective FILE | show ID", "plans: made by the compiler, frozen, hashed", WS, verb_plan},
    {"run", "list | start PLAN | show RUN | cancel RUN", "runs of plans", WS, verb_run},
    {"watch", "RUN", "follow a run until it ends (exit 1 unless it succeeds)", WS, verb_watch},
    {"artifact", "list RUN | get RUN PATH [--out F]", "what a run made", WS, verb_artifact},
    {"compile", "[CANDIDATE.json] [--objective FILE] [--workspace DIR] [--profile P.json] [--packs DIR] [-o PLAN.json]",
	"compile offline, without server or database",
	"A candidate is checked as it is; with --objective the offline planner makes one from the files of DIR.\n", verb_compile},
    {"route", "\"OBJECTIVE\" | - | --lines [--packs DIR]", "which domain and which workflow an objective belongs to, and why",
	"  -          the objective is standard input\n"
	"  --lines    every line of standard input is an objective\n"
	"  --json     one object a line: ranks, points, and the evidence for each\n"
	"The offline planner asks the same; nothing is sent anywhere.\n", verb_route},
    {"explain", "CODE", "what a diagnostic code (FC0401, IMP_ENUM) means and how to mend it", NULL, verb_explain},
    {"profile", "FILE [--kind K]", "what a file is, measured over all of its bytes: columns, types, keys",
	"  --kind K        hold it to be that (table.csv, object.json, …); by name and content otherwise\n"
	"  --json          forge.file_profile.v1\n"
	"A table's columns with their type, what they read as (money, units, dates in other writings), empty cells, distinct\n"
	"values, least and greatest value; its keys and what one row stands for. Exit 1 when the file is not what it claims.\n",
	verb_profile},
    {"relations", "FILE…", "which columns of one table name rows of another (foreign keys), counted over all rows",
	"Tables are CSV, TSV, JSON rows and Parquet; one may refer to itself. Candidates come with a score and the evidence for it.\n"
	"  --json          forge.relations.v1\n", verb_relations},
    {"packs", "check [DIR] | list | show ID | detect FILE… | pack DIR -o F.zip | upload F | enable ID | disable ID | uses ID", "what the catalog holds, and packs of your own: check, upload, switch on",
	"  check [DIR]   every finding with file, line and pointer; a DIR without schema/ of its own adds to the installed packs\n"
	"  list          packs, workflows, kinds, slots, policies and adapters\n"
	"  show ID       one of them, or an entity, profile, validator or playbook\n"
	"  detect FILE…  what entity a file most likely holds, which column is which, what must be converted, what speaks\n"
	"                against it;  --top N: runners-up too (3);  --json: forge.detection.v1\n"
	"  --packs DIR (list, show, detect: instead of the installed packs)\n"
	"  pack DIR -o F.zip            check the pack in DIR (DIR/domain/…) and write its archive; the same files give the same bytes\n"
	"  upload F                     give an archive, or a pack's document, to the server\n"
	"  enable ID [--version V]      switch a pack on in a workspace;  disable ID: off\n"
	"  uses ID                      plans, runs, files and packs that use it\n"
	WS, verb_packs},
    {"discover", "\"WORDS\" [--type T,T] [--profile P] [--limit N]", "find packs, entities, playbooks, skills, adapters and tools by a few words",
	"Full text, trigrams and vectors, fused; the ranks that made a score are shown. What the workspace has switched off or the\n"
	"profile denies is never found.\n"
	"  --type T        pack, entity, workflow, playbook, skill, adapter, tool; several with commas\n" WS, verb_discover},
    {"convert", "IN OUT [--as KIND] [--columns MAP.json] [--packs DIR]", "turn a file into another kind, by the adapters that plans use (root)",
	"The kinds are those of `forgectl packs list`; OUT's extension says which, or --as. The programs run in the sandbox, each\n"
	"step as a plan would run it; what comes out is checked before it gets its name. Nothing is guessed: a value that does not\n"
	"convert is named with row and column.\n"
	"  --columns M   {\"columns\":[{\"from\":\"Date\",\"to\":\"work_date\",\"convert\":\"date:dmy\"}],\"rest\":\"keep\"}; docs/ADAPTERS.md\n",
	verb_convert},
    {"hash", "[--canon] [FILE…]", "SHA-256 of files (with --canon, of their RFC 8785 text)", NULL, verb_hash},
    {"canon", "[FILE]", "print a JSON document canonically (RFC 8785)", NULL, verb_canon},
    {"imprint", "encode|decode|check|operations|encode-all|sidecar|parse|token|map|diff|template …", "schemas to templates, filled templates to payloads",
	"  encode [SCHEMA]                    print the template (envelope); an API description needs --op\n"
	"  decode --schema SCHEMA [FILLED]    print the payload, or what is wrong and where (exit 1)\n"
	"  check SCHEMA                       can it be encoded? of an API description, every operation (exit 1 when one cannot)\n"
	"  operations SPEC                    list the operations of an OpenAPI or Swagger file\n"
	"  encode-all SPEC [--quiet]          try every operation\n"
	"  sidecar SCHEMA                     the map of what a template cannot show\n"
	"  parse [--strict] [FILE]            read JSON as models write it; lists each repair\n"
	"  token [--planner] [FILE]           take one token apart\n"
	"  map A B [--entity NAME] [--op-a OP --op-b OP]                     which field of A is which field of B\n"
	"      [--apply PAYLOAD [--payload] [--allow-unplaced]]              carry a payload over (exit 1 when not all of it can be)\n"
	"  diff OLD NEW [--requests-only] [--allow-unclear]                  what breaks between two versions (exit 1)\n"
	"  template planner|intent|skills|executor|evaluator [--choices F]   what Forge's own models fill in\n"
	"  --text (map, diff: for people)  --packs DIR\n"
	"  --op \"METHOD /path\"|ID  --direction request|response  --base DIR  --content-type T  --dialect D\n"
	"  --open (keep members that are not on the menu)  --lenient (mend what can be mended)  --max-bytes N\n"
	"  --zoom POINTER (encode or decode one folded part)  --part POINTER=FILE (decode: put a part filled apart in its place)\n"
	"A missing file name is standard input; SCHEMA may be FILE#/pointer, one schema of a document. Exit: 0 ok, 1 rejected, 3 the schema cannot be used, 64 usage.\n",
	verb_imprint},
    {"schema", "validate --schema SCHEMA [INSTANCE] [--dialect D] [--assert-format] [--remotes MAP]",
	"hold a JSON document against a JSON Schema", "Exit: 0 valid, 1 not, 3 the schema cannot be used, 64 usage.\n", verb_schema},
    {"json", "canon [FILE] | patch DOC PATCH", "JSON tools: canonical text (RFC 8785), JSON Patch (RFC 6902)",
	"PATCH may be what `imprint decode` said: its `fixes` are applied.\n", verb_json},
    {"batch", "", "offline commands from standard input, one JSON object a line",
	"  {\"id\":1,\"cmd\":\"imprint.encode\",\"schema_path\":\"s.json\",\"op\":\"POST /x\"}  answers  {\"id\":1,\"rc\":0,\"out\":…}\n"
	"Commands: ping, imprint.encode decode check map ops encode_all token parse, schema.validate, json.patch, json.canon; members as\n"
	"the options of the verbs, documents as JSON (schema, filled, instance, doc, patch) or text (schema_text, filled_text, text, b64).\n",
	verb_batch},
    {"sandbox", "run [OPTION…] -- CMD… | check | explain", "run one command as a step would run (root)", NULL,
	verb_sandbox},
    {"version", "", "print the version", NULL, verb_version},
    {"service", "--ready systemd|file:PATH -- COMMAND", NULL, "Used by the stack's run scripts.\n", verb_service},
    {NULL, NULL, NULL, NULL, NULL},
};
