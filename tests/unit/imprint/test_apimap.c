/* SPDX-License-Identifier: Apache-2.0 */
/* Two made-up shops that call the same things by other names. */
#include "imprint/apimap.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/imprint.h"
#include "tap.h"

#define PACKS "packs"

static const char customers[] =
    "{\"type\":\"object\",\"title\":\"Customer\",\"required\":[\"customerId\",\"email\",\"balanceCents\"],\"properties\":{"
    "\"customerId\":{\"type\":\"integer\"},"
    "\"email\":{\"type\":\"string\",\"format\":\"email\"},"
    "\"firstName\":{\"type\":\"string\"},"
    "\"date_of_birth\":{\"type\":\"string\",\"format\":\"date\"},"
    "\"state\":{\"enum\":[\"Active\",\"disabled\",\"canceled\"]},"
    "\"balanceCents\":{\"type\":\"integer\"},"
    "\"created\":{\"type\":\"integer\",\"description\":\"Unix time in seconds since the epoch\"},"
    "\"vip\":{\"type\":\"boolean\"},"
    "\"favouriteColour\":{\"type\":\"string\"},"
    "\"shippingAddr\":{\"type\":\"object\",\"properties\":{\"town\":{\"type\":\"string\"},\"zip\":{\"type\":\"integer\"}}},"
    "\"billingAddr\":{\"type\":\"object\",\"properties\":{\"town\":{\"type\":\"string\"}}},"
    "\"orders\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"sku\":{\"type\":\"string\"},\"qty\":{\"type\":\"integer\"}}}}}}";
static const char clients[] =
    "{\"type\":\"object\",\"title\":\"Client\",\"required\":[\"id\",\"mail\",\"balance\",\"taxNumber\"],\"properties\":{"
    "\"id\":{\"type\":\"string\"},"
    "\"mail\":{\"type\":\"string\",\"format\":\"email\"},"
    "\"given_name\":{\"type\":\"string\"},"
    "\"birthday\":{\"type\":\"string\",\"description\":\"as DD.MM.YYYY\"},"
    "\"status\":{\"enum\":[\"ACTIVE\",\"inactive\",\"cancelled\",\"archived\"]},"
    "\"balance\":{\"type\":\"string\",\"description\":\"in dollars\"},"
    "\"creation\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"isVip\":{\"type\":\"string\",\"enum\":[\"true\",\"false\"]},"
    "\"taxNumber\":{\"type\":\"string\"},"
    "\"addresses\":{\"type\":\"object\",\"properties\":{\"shipping\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}},"
    "\"purchases\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"SKU\":{\"type\":\"string\"},\"quantity\":{\"type\":\"number\"}}}}}}";

struct made {
	struct arena *a;
	struct apimap_words words;
	struct apimap map;
	struct imprint *x, *y;
};

static struct imprint *
opened(struct arena *a, const char *text)
{
	struct imp_diags d;
	struct imprint *im = NULL;

	imp_diags_init(&d, a);
	CHECK_INT(imprint_open(a, &(struct imprint_source){.text = text, .text_bytes = strlen(text)}, &im, &d), 0);
	return im;
}

static struct made
made_of(const char *x, const char *y, const char *entity)
{
	struct made m = {.a = arena_new(0)};
	struct apimap_set set = {0};
	struct imp_diags d;
	struct err err = {0};

	imp_diags_init(&d, m.a);
	CHECK_INT(apimap_words_load(m.a, PACKS, &m.words, &err), 0);
	m.x = opened(m.a, x);
	m.y = opened(m.a, y);
	CHECK_INT(apimap_documents(m.a, &(struct apimap_request){.a = m.x, .b = m.y, .name_a = "A", .name_b = "B", .entity = entity,
	    .words = &m.words}, &set, &d), 0);
	for (size_t i = 0; i < d.n; i++)
		printf("# %s\n", d.at[i].message);
	if (set.n)
		m.map = set.at[0];
	CHECK_INT(set.n, 1);
	return m;
}

static const struct apimap_link *
link_to(const struct apimap *m, const char *b)
{
	for (size_t i = 0; i < m->n_links; i++)
		if (strcmp(m->links[i].b->pointer, b) == 0)
			return &m->links[i];
	return NULL;
}

static const char *
from_of(const struct apimap *m, const char *b)
{
	const struct apimap_link *l = link_to(m, b);

	return l ? l->a->pointer : "(none)";
}

static const struct apimap_open *
open_at(const struct apimap *m, const char *b)
{
	for (size_t i = 0; i < m->n_open; i++)
		if (strcmp(m->open[i].b->pointer, b) == 0)
			return &m->open[i];
	return NULL;
}

static void
show(const struct made *m)
{
	struct buf b;

	buf_init(&b, m->a);
	apimap_text(&b, &m->map);
	for (char *p = b.p, *nl; *p; p = nl + 1) {
		nl = strchr(p, '\n');
		printf("# %.*s\n", (int)(nl - p), p);
	}
}

static const struct jx *
read_json(struct arena *a, const char *text)
{
	struct jx *v = NULL;
	struct err err = {0};

	CHECK_INT(jx_parse(a, text, strlen(text), NULL, &v, &err), 0);
	return v;
}

/* What apply gives, as text; codes of the findings, in order, with their pointers, into *found. */
static const char *
applied(struct made *m, const char *payload, const char **found)
{
	const struct jx *out = NULL;
	struct imp_diags d;
	struct buf b, f;
	struct jw w;

	imp_diags_init(&d, m->a);
	(void)apimap_apply(m->a, &m->map, read_json(m->a, payload), &out, &d);
	buf_init(&b, m->a);
	jw_init(&w, &b);
	jw_value(&w, NULL, out);
	buf_init(&f, m->a);
	for (size_t i = 0; i < d.n; i++)
		buf_printf(&f, "%s%s %s", i ? ", " : "", imp_code_name(d.at[i].code), d.at[i].pointer);
	*found = f.p;
	return b.p;
}

static void
fields_are_found_under_other_names(void)
{
	struct made m = made_of(customers, clients, NULL);
	const struct apimap *map = &m.map;

	CHECK_STR(from_of(map, "/id"), "/customerId");
	CHECK_STR(from_of(map, "/mail"), "/email");
	CHECK_STR(from_of(map, "/given_name"), "/firstName");
	CHECK_STR(from_of(map, "/birthday"), "/date_of_birth");
	CHECK_STR(from_of(map, "/status"), "/state");
	CHECK_STR(from_of(map, "/balance"), "/balanceCents");
	CHECK_STR(from_of(map, "/creation"), "/created");
	CHECK_STR(from_of(map, "/purchases/*/SKU"), "/orders/*/sku");
	CHECK_STR(from_of(map, "/purchases/*/quantity"), "/orders/*/qty");
	if (tap_fails_here)
		show(&m);
	arena_free(m.a);
}

static void
what_is_required_and_missing_is_a_gap_and_what_is_left_is_named(void)
{
	struct made m = made_of(customers, clients, NULL);
	const struct apimap_open *o = open_at(&m.map, "/taxNumber");
	bool has_colour = false;

	CHECK(o != NULL);
	CHECK(o && o->b->is_required && !o->is_ambiguous);
	for (size_t i = 0; i < m.map.n_left; i++)
		has_colour = has_colour || strcmp(m.map.left[i]->pointer, "/favouriteColour") == 0;
	CHECK(has_colour);
	arena_free(m.a);
}

static void
a_payload_is_carried_over_exactly(void)
{
	struct made m = made_of(customers, clients, NULL);
	const char *found, *out = applied(&m,
	    "{\"customerId\":12345678901234567890,\"email\":\"a@b.example\",\"firstName\":\"Ann\",\"date_of_birth\":\"1984-02-29\","
	    "\"state\":\"canceled\",\"balanceCents\":-1999,\"created\":951782400,"
	    "\"orders\":[{\"sku\":\"x\",\"qty\":1},{\"sku\":\"y\",\"qty\":2}]}", &found);

	CHECK_STR(out, "{\"id\":\"12345678901234567890\",\"mail\":\"a@b.example\",\"given_name\":\"Ann\",\"birthday\":\"29.02.1984\","
	    "\"status\":\"cancelled\",\"balance\":\"-19.99\",\"creation\":\"2000-02-29T00:00:00Z\","
	    "\"purchases\":[{\"SKU\":\"x\",\"quantity\":1},{\"SKU\":\"y\",\"quantity\":2}]}");
	CHECK_STR(found, "IMP_MISSING /taxNumber");
	arena_free(m.a);
}

static void
what_cannot_be_carried_exactly_is_a_finding(void)
{
	struct made m = made_of(customers, clients, NULL);
	const char *found;

#define NEEDED "\"customerId\":1,\"email\":\"a@b.example\","
	(void)applied(&m, "{" NEEDED "\"balanceCents\":1,\"state\":\"unheard of\"}", &found);
	CHECK_STR(found, "IMP_ENUM /state, IMP_MISSING /taxNumber");
	(void)applied(&m, "{" NEEDED "\"balanceCents\":1,\"date_of_birth\":\"1984-02-30\"}", &found);
	CHECK_STR(found, "IMP_FORMAT /date_of_birth, IMP_MISSING /taxNumber");
	(void)applied(&m, "{" NEEDED "\"balanceCents\":\"12\"}", &found); /* not a payload of A in the first place */
	CHECK_STR(found, "IMP_TYPE /balanceCents, IMP_MISSING /taxNumber");
	(void)applied(&m, "{" NEEDED "\"balanceCents\":true,\"favouriteColour\":\"red\"}", &found);
	CHECK_STR(found, "IMP_TYPE /balanceCents, IMP_MISSING /taxNumber, IMP_UNKNOWN_KEY /favouriteColour");
	(void)applied(&m, "{" NEEDED "\"balanceCents\":1,\"created\":1e3}", &found);
	CHECK_STR(found, "IMP_FORMAT /created, IMP_MISSING /taxNumber");
	arena_free(m.a);
}

static void
the_way_back_gives_the_same_payload(void)
{
	static const char payload[] = "{\"customerId\":7,\"email\":\"a@b.example\",\"firstName\":\"Ann\",\"date_of_birth\":\"1999-12-31\","
				      "\"state\":\"Active\",\"balanceCents\":5,\"created\":1700000000,\"orders\":[{\"sku\":\"x\",\"qty\":3}]}";
	struct made there = made_of(customers, clients, NULL), back = made_of(clients, customers, NULL);
	const char *found, *out = applied(&there, payload, &found);

	CHECK_STR(applied(&back, out, &found), payload);
	CHECK_STR(found, "");
	arena_free(there.a);
	arena_free(back.a);
}

static void
near_candidates_are_reported_and_none_is_taken(void)
{
	struct made m = made_of(
	    "{\"type\":\"object\",\"properties\":{\"billing\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}},"
	    "\"shipping\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}}",
	    "{\"type\":\"object\",\"required\":[\"city\"],\"properties\":{\"city\":{\"type\":\"string\"}}}", NULL);
	const struct apimap_open *o = open_at(&m.map, "/city");
	const char *found;

	CHECK_INT(m.map.n_links, 0);
	CHECK(o && o->is_ambiguous);
	CHECK_INT(o ? o->n_candidates : 0, 2);
	CHECK_STR(applied(&m, "{\"billing\":{\"city\":\"X\"}}", &found), "{}");
	CHECK_STR(found, "IMP_AMBIGUOUS /city, IMP_UNKNOWN_KEY /billing/city");
	arena_free(m.a);
}

static void
the_packs_synonyms_stand_in_the_middle(void)
{
	struct made m = made_of(
	    "{\"type\":\"object\",\"properties\":{\"emp_id\":{\"type\":\"string\"},\"contract_no\":{\"type\":\"string\"},"
	    "\"date_worked\":{\"type\":\"string\",\"format\":\"date\"},\"logged_hours\":{\"type\":\"number\"}}}",
	    "{\"type\":\"object\",\"properties\":{\"consultantId\":{\"type\":\"string\"},\"contractReference\":{\"type\":\"string\"},"
	    "\"serviceDate\":{\"type\":\"string\",\"format\":\"date\"},\"hoursWorked\":{\"type\":\"number\"}}}", "time_entry");
	const struct apimap_link *l = link_to(&m.map, "/consultantId");

	CHECK_STR(m.map.entity ? m.map.entity->id : NULL, "billing.time_entry");
	CHECK_INT(m.map.n_links, 4);
	CHECK_STR(from_of(&m.map, "/serviceDate"), "/date_worked");
	CHECK_STR(from_of(&m.map, "/hoursWorked"), "/logged_hours");
	CHECK(l && l->evidence == APIMAP_SYNONYM && l->is_pack);
	CHECK_STR(l ? l->canonical : NULL, "employee_id");
	arena_free(m.a);
}

static void
the_entity_is_chosen_by_its_columns_and_unknown_ones_are_refused(void)
{
	struct made m = made_of(
	    "{\"type\":\"object\",\"properties\":{\"time_id\":{\"type\":\"string\"},\"hours\":{\"type\":\"number\"},\"line_amount\":{\"type\":\"number\"}}}",
	    "{\"type\":\"object\",\"properties\":{\"entryId\":{\"type\":\"string\"},\"hoursWorked\":{\"type\":\"number\"},\"billAmount\":{\"type\":\"number\"}}}", NULL);
	struct apimap_side side = {.name = "x"};
	struct apimap map;
	struct err err = {0};

	CHECK_STR(m.map.entity ? m.map.entity->id : NULL, "billing.time_entry");
	CHECK_INT(apimap_make(m.a, &side, &side, &m.words, "no.such", &map, &err), -1);
	CHECK_STR(err.msg, "no pack has the entity 'no.such'");
	arena_free(m.a);
}

static void
units_that_are_not_said_on_both_sides_are_never_converted(void)
{
	struct made m = made_of("{\"type\":\"object\",\"required\":[\"timeout_ms\"],\"properties\":{\"timeout_ms\":{\"type\":\"integer\"}}}",
	    "{\"type\":\"object\",\"required\":[\"timeout\"],\"properties\":{\"timeout\":{\"type\":\"integer\"}}}", NULL);
	const char *found;

	(void)applied(&m, "{\"timeout_ms\":1000}", &found);
	CHECK_STR(found, "IMP_AMBIGUOUS /timeout_ms");
	arena_free(m.a);
	m = made_of("{\"type\":\"object\",\"properties\":{\"timeout_ms\":{\"type\":\"integer\"}}}",
	    "{\"type\":\"object\",\"properties\":{\"timeout_seconds\":{\"type\":\"integer\"}}}", NULL);
	CHECK_STR(applied(&m, "{\"timeout_ms\":3000}", &found), "{\"timeout_seconds\":3}");
	CHECK_STR(found, "");
	(void)applied(&m, "{\"timeout_ms\":1500}", &found);
	CHECK_STR(found, "IMP_MULTIPLE /timeout_ms");
	arena_free(m.a);
}

static void
the_same_two_documents_give_the_same_map(void)
{
	struct made m = made_of(customers, clients, NULL), n = made_of(customers, clients, NULL);
	struct buf x, y;
	struct jw w;

	buf_init(&x, m.a);
	jw_init(&w, &x);
	apimap_json(&w, NULL, &m.map);
	buf_init(&y, n.a);
	jw_init(&w, &y);
	apimap_json(&w, NULL, &n.map);
	CHECK_STR(x.p, y.p);
	CHECK(jx_is_str(jx_find(read_json(m.a, x.p), "schema"), "forge.apimap.v1"));
	arena_free(m.a);
	arena_free(n.a);
}

static void
a_schema_onto_itself_is_all_exact(void)
{
	struct made m = made_of(customers, customers, NULL);

	CHECK_INT(m.map.n_open, 0);
	CHECK_INT(m.map.n_left, 0);
	for (size_t i = 0; i < m.map.n_links; i++) {
		CHECK_STR(m.map.links[i].a->pointer, m.map.links[i].b->pointer);
		CHECK_INT(m.map.links[i].confidence, 1000);
	}
	arena_free(m.a);
}

static const char shop_a[] =
    "{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"a\",\"version\":\"1\"},\"paths\":{\"/customers/{customerId}\":{\"post\":{\"operationId\":\"put\","
    "\"parameters\":[{\"name\":\"customerId\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}}],"
    "\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Customer\"}}}},"
    "\"responses\":{\"200\":{\"description\":\"ok\"}}}}},\"components\":{\"schemas\":{\"Customer\":{\"type\":\"object\",\"properties\":"
    "{\"email\":{\"type\":\"string\"},\"phoneNo\":{\"type\":\"string\"}}},\"Error\":{\"type\":\"object\"}}}}";
static const char shop_b[] =
    "{\"swagger\":\"2.0\",\"info\":{\"title\":\"b\",\"version\":\"1\"},\"paths\":{\"/clients\":{\"post\":{"
    "\"parameters\":[{\"name\":\"body\",\"in\":\"body\",\"schema\":{\"$ref\":\"#/definitions/Client\"}}],"
    "\"responses\":{\"200\":{\"description\":\"ok\"}}}}},\"definitions\":{\"Client\":{\"type\":\"object\",\"required\":[\"id\"],\"properties\":"
    "{\"id\":{\"type\":\"string\"},\"email\":{\"type\":\"string\"},\"telephone\":{\"type\":\"string\"}}}}}";

static void
operations_and_components_of_two_descriptions_are_mapped(void)
{
	struct arena *a = arena_new(0);
	struct apimap_words words;
	struct apimap_set set = {0};
	struct imp_diags d;
	struct err err;
	struct apimap_request r = {.name_a = "a.json", .name_b = "b.json", .words = &words};

	imp_diags_init(&d, a);
	CHECK_INT(apimap_words_load(a, PACKS, &words, &err), 0);
	r.a = opened(a, shop_a);
	r.b = opened(a, shop_b);
	CHECK_INT(apimap_documents(a, &r, &set, &d), 0); /* Customer with Client; Error with nothing */
	CHECK_INT(set.n, 1);
	CHECK_STR(set.n ? from_of(&set.at[0], "/email") : NULL, "/email");
	r.op_a = "put";
	r.op_b = "POST /clients";
	CHECK_INT(apimap_documents(a, &r, &set, &d), 0);
	CHECK_STR(from_of(&set.at[0], "/_body/id"), "/_path/customerId");
	CHECK_STR(from_of(&set.at[0], "/_body/email"), "/_body/email");
	r.op_b = "POST /nowhere";
	CHECK_INT(apimap_documents(a, &r, &set, &d), -1);
	CHECK_INT(d.n > 0 ? d.at[0].code : IMP__COUNT, IMP_E_OP);
	arena_free(a);
}

static void
a_payload_that_the_other_side_refuses_is_refused(void)
{
	struct made m = made_of("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"note\":{\"type\":\"string\"},"
				"\"kind\":{\"const\":\"a\"},\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":"
				"{\"name\":{\"type\":\"string\"}}}}}}",
	    "{\"type\":\"object\",\"required\":[\"id\",\"v\"],\"properties\":{\"id\":{\"type\":\"string\"},\"note\":{\"type\":\"string\","
	    "\"maxLength\":3},\"v\":{\"const\":2},\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":"
	    "{\"name\":{\"type\":\"string\"}},\"required\":[\"name\"]}}}}",
	    NULL);
	const char *found;

	CHECK_STR(applied(&m, "{\"id\":\"x\",\"note\":\"abc\",\"kind\":\"a\",\"tags\":[]}", &found),
	    "{\"id\":\"x\",\"note\":\"abc\",\"v\":2,\"tags\":[]}"); /* the constant of B is there, A's says nothing */
	CHECK_STR(found, "");
	CHECK_STR(applied(&m, "[1]", &found), "{}");
	CHECK_STR(found, "IMP_TYPE ");
	(void)applied(&m, "{}", &found);
	CHECK_STR(found, "IMP_MISSING /id");
	(void)applied(&m, "{\"id\":\"x\",\"note\":\"abcd\"}", &found);
	CHECK_STR(found, "IMP_LEN /note");
	(void)applied(&m, "{\"id\":\"x\",\"tags\":[{\"name\":\"a\"},{}]}", &found); /* the second is not lost */
	CHECK_STR(found, "IMP_MISSING /tags/1/name");
	CHECK(link_to(&m.map, "/note") && !link_to(&m.map, "/note")->steps[0].is_lossless);
	CHECK(link_to(&m.map, "/id") && link_to(&m.map, "/id")->steps[0].is_lossless);
	arena_free(m.a);
}

static void
every_member_without_a_place_is_told(void)
{
	struct made m = made_of(customers, customers, NULL);
	const char *found;

	(void)applied(&m, "{" NEEDED "\"balanceCents\":1,\"zz\":{\"a\":1},\"orders\":[{\"sku\":\"x\",\"gift\":1},{\"gift\":2}],"
	    "\"shippingAddr\":{\"floor\":3},\"billingAddr\":null}", &found);
	CHECK_STR(found, "IMP_UNKNOWN_KEY /zz, IMP_UNKNOWN_KEY /orders/0/gift, IMP_UNKNOWN_KEY /orders/1/gift, "
			 "IMP_UNKNOWN_KEY /shippingAddr/floor, IMP_UNKNOWN_KEY /billingAddr");
	(void)applied(&m, "{" NEEDED "\"balanceCents\":1,\"orders\":{},\"shippingAddr\":[1]}", &found);
	CHECK_STR(found, "IMP_TYPE /orders, IMP_TYPE /shippingAddr");
	arena_free(m.a);
}

static void
the_whole_is_mapped_where_it_is_one_value(void)
{
	struct made m = made_of("{\"type\":\"boolean\"}", "{\"enum\":[\"yes\",\"no\"]}", NULL);
	const char *found;

	CHECK_STR(applied(&m, "true", &found), "\"yes\"");
	CHECK_STR(found, "");
	arena_free(m.a);
	m = made_of("{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", NULL);
	CHECK_STR(applied(&m, "[1,2]", &found), "[\"1\",\"2\"]");
	CHECK_STR(applied(&m, "[]", &found), "[]");
	CHECK_STR(found, "");
	(void)applied(&m, "{}", &found);
	CHECK_STR(found, "IMP_TYPE ");
	arena_free(m.a);
}

/* What a map claims, apply does. */
static void
booleans_and_words_for_them(void)
{
	static const struct {
		const char *x, *y, *in, *out;
	} ways[] = {
	    {"\"type\":\"boolean\"", "\"enum\":[\"yes\",\"no\"]", "true", "\"yes\""},
	    {"\"type\":\"boolean\"", "\"enum\":[\"N\",\"Y\"]", "false", "\"N\""},
	    {"\"type\":\"boolean\"", "\"enum\":[0,1]", "true", "1"},
	    {"\"enum\":[\"yes\",\"no\"]", "\"type\":\"boolean\"", "\"no\"", "false"},
	    {"\"enum\":[\"Y\",\"N\"]", "\"enum\":[\"true\",\"false\"]", "\"Y\"", "\"true\""},
	    {"\"type\":\"boolean\"", "\"type\":\"boolean\"", "true", "true"},
	    {"\"type\":\"boolean\"", "\"type\":\"string\"", "true", "\"true\""},
	    {"\"type\":\"boolean\"", "\"enum\":[\"gold\",\"silver\"]", NULL, NULL}, /* not claimed */
	    {"\"type\":\"boolean\"", "\"enum\":[\"yes\",\"y\",\"no\"]", NULL, NULL}, /* two fit: never a guess */
	};

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct arena *a = arena_new(0);
		struct made m = made_of(arena_printf(a, "{\"type\":\"object\",\"properties\":{\"is_vip\":{%s}}}", ways[i].x),
		    arena_printf(a, "{\"type\":\"object\",\"properties\":{\"vip\":{%s}}}", ways[i].y), NULL);
		const struct apimap_link *l = link_to(&m.map, "/vip");
		const char *found;

		CHECK_INT(l != NULL, ways[i].in != NULL);
		if (l && ways[i].in) {
			CHECK_STR(applied(&m, arena_printf(a, "{\"is_vip\":%s}", ways[i].in), &found),
			    arena_printf(a, "{\"vip\":%s}", ways[i].out));
			CHECK_STR(found, "");
		}
		arena_free(m.a);
		arena_free(a);
	}
}

/* One field a side; are they taken for the same, and if not, is the near miss told? */
static void
obvious_names_are_found_and_doubtful_ones_told(void)
{
	static const struct {
		const char *x, *y, *rest; /* rest: of both schemas */
		char how;                 /* '=' linked, '?' a candidate with a reason, ' ' nothing */
	} pairs[] = {
	    {"email_address", "email", "\"type\":\"string\",\"format\":\"email\"", '='},
	    {"emailAddress", "mail", "\"type\":\"string\"", '='},
	    {"country", "countryCode", "\"enum\":[\"DE\",\"FR\"]", '='},
	    {"country", "countryCode", "\"type\":\"string\"", '?'},
	    {"tel", "phoneNumber", "\"type\":\"string\"", '='},
	    {"mobile", "mobileNumber", "\"type\":\"string\"", '='},
	    {"mob", "mobile_no", "\"type\":\"string\"", '='},
	    {"street", "streetName", "\"type\":\"string\"", '='},
	    {"street", "streetNumber", "\"type\":\"string\"", '?'},
	    {"fname", "firstName", "\"type\":\"string\"", '='},
	    {"lname", "surname", "\"type\":\"string\"", '='},
	    {"salary", "baseSalary", "\"type\":\"number\"", '='},
	    {"birth_dt", "dateOfBirth", "\"type\":\"string\"", '='},
	    {"invoice_no", "invoiceNumber", "\"type\":\"string\"", '='},
	    {"addr", "address", "\"type\":\"string\"", '='},
	    {"amt", "amount", "\"type\":\"number\"", '='},
	    {"created", "created_on", "\"type\":\"string\",\"format\":\"date\"", '='},
	    {"streetName", "streetNumber", "\"type\":\"string\"", '?'},
	    {"created_at", "updated_at", "\"type\":\"string\",\"format\":\"date-time\"", '?'},
	    {"order_status", "status", "\"enum\":[\"a\",\"b\",\"c\"]", '='},
	    {"order_status", "status", "\"enum\":[\"a\",\"b\"]", '?'},
	    {"contact_mail", "email", "\"type\":\"string\",\"format\":\"email\"", '?'},
	    {"colour", "weight", "\"type\":\"string\"", ' '},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct arena *a = arena_new(0);
		struct made m = made_of(
		    arena_printf(a, "{\"type\":\"object\",\"properties\":{\"%s\":{%s}}}", pairs[i].x, pairs[i].rest),
		    arena_printf(a, "{\"type\":\"object\",\"properties\":{\"%s\":{%s}}}", pairs[i].y, pairs[i].rest), NULL);
		const struct apimap_open *o = open_at(&m.map, arena_printf(a, "/%s", pairs[i].y));
		char how = m.map.n_links ? '=' : o && o->n_candidates ? '?' : ' ';

		CHECK_INT(how, pairs[i].how);
		CHECK(how != '?' || (o->candidates[0].why_not && o->candidates[0].why_not[0]));
		if (how != pairs[i].how) {
			printf("# %s %s\n", pairs[i].x, pairs[i].y);
			show(&m);
		}
		arena_free(m.a);
		arena_free(a);
	}
}

static void
between_two_nothing_is_guessed(void)
{
	static const char *const two[] = {
	    "\"phoneNumber\":{\"type\":\"string\"},\"phone_no\":{\"type\":\"string\"}",
	    "\"phone\":{\"type\":\"string\"}", "\"email_address\":{\"type\":\"string\"},\"primary_email\":{\"type\":\"string\"}",
	    "\"email\":{\"type\":\"string\"}",
	};
	struct arena *a = arena_new(0);
	struct made m = made_of(arena_printf(a, "{\"type\":\"object\",\"properties\":{%s}}", two[1]),
	    arena_printf(a, "{\"type\":\"object\",\"properties\":{%s}}", two[0]), NULL);
	const struct apimap_open *o = open_at(&m.map, "/phone_no");

	CHECK_INT(m.map.n_links, 0);
	CHECK(o && o->is_ambiguous && o->n_clear == 1);
	CHECK_STR(o ? o->candidates[0].why_not : NULL, "it fits /phoneNumber as well");
	arena_free(m.a);
	m = made_of(arena_printf(a, "{\"type\":\"object\",\"properties\":{%s}}", two[2]),
	    arena_printf(a, "{\"type\":\"object\",\"properties\":{%s}}", two[3]), NULL);
	CHECK_STR(from_of(&m.map, "/email"), "/email_address"); /* the other one is below the threshold */
	arena_free(m.a);
	m = made_of(
	    "{\"type\":\"object\",\"properties\":{\"tel\":{\"type\":\"string\"},\"mobile\":{\"type\":\"string\"},\"total\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"number\"}}}}",
	    "{\"type\":\"object\",\"properties\":{\"mobileNumber\":{\"type\":\"string\"},\"phoneNumber\":{\"type\":\"string\"},\"total\":{\"type\":\"number\"}}}", NULL);
	CHECK_STR(from_of(&m.map, "/mobileNumber"), "/mobile");
	CHECK_STR(from_of(&m.map, "/phoneNumber"), "/tel");
	o = open_at(&m.map, "/total");
	CHECK(o && o->n_candidates == 1 && !o->candidates[0].is_free);
	CHECK_STR(o && o->n_candidates ? o->candidates[0].why_not : NULL,
	    "one of them is a map, a choice or any value, and is not looked into");
	arena_free(m.a);
	arena_free(a);
}

static void
the_body_of_an_operation_is_asked_for_by_its_name(void)
{
	struct made m = {.a = arena_new(0)};
	struct apimap_request r = {.name_a = "a.json", .name_b = "b.json", .op_a = "put", .op_b = "put", .words = &m.words};
	struct apimap_set set = {0};
	const struct jx *out;
	struct imp_diags d;
	struct err err;

	imp_diags_init(&d, m.a);
	CHECK_INT(apimap_words_load(m.a, PACKS, &m.words, &err), 0);
	r.a = opened(m.a, shop_a);
	r.b = opened(m.a, shop_a);
	CHECK_INT(apimap_documents(m.a, &r, &set, &d), 0);
	CHECK_INT(apimap_apply(m.a, &set.at[0], read_json(m.a, "{\"email\":\"x\",\"zz\":1}"), &out, &d), -1);
	CHECK_INT(d.n, 1);
	CHECK(d.n == 1 && d.at[0].code == IMP_MISSING);
	CHECK_STR(d.n ? d.at[0].pointer : NULL, "/_body");
	CHECK_STR(d.n ? d.at[0].fix : NULL, "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"_body\":{\"email\":\"x\",\"zz\":1}}}]");
	imp_diags_init(&d, m.a);
	CHECK_INT(apimap_apply(m.a, &set.at[0], read_json(m.a, "{\"_body\":{\"email\":\"x\"}}"), &out, &d), -1);
	CHECK(d.n == 1 && d.at[0].code == IMP_MISSING);
	CHECK_STR(d.n ? d.at[0].pointer : NULL, "/_path"); /* what is missing is the whole section */
	imp_diags_init(&d, m.a);
	CHECK_INT(apimap_apply(m.a, &set.at[0], read_json(m.a, "{\"_path\":{\"customerId\":\"1\"},\"_body\":{\"email\":\"x\"}}"), &out, &d), 0);
	arena_free(m.a);
}

static void
an_entity_that_nobody_has_is_told_with_those_there_are(void)
{
	struct arena *a = arena_new(0);
	struct apimap_words words;
	struct imp_diags d;
	struct err err;
	struct apimap_request r = {.name_a = "a.json", .name_b = "b.json", .words = &words};

	imp_diags_init(&d, a);
	CHECK_INT(apimap_words_load(a, PACKS, &words, &err), 0);
	r.a = opened(a, shop_a);
	r.b = opened(a, shop_b);
	CHECK_INT(apimap_entity_check(a, &r, &d), 0);
	r.entity = "Client";
	CHECK_INT(apimap_entity_check(a, &r, &d), 0);
	r.entity = "nope";
	CHECK_INT(apimap_entity_check(a, &r, &d), -1);
	CHECK_STR(d.n ? d.at[0].message : NULL,
	    "a.json has no component schema called 'nope' or by a word that means the same; it has Customer, Error");
	r.a = r.b = opened(a, customers);
	CHECK_INT(apimap_entity_check(a, &r, &d), -1);
	CHECK(d.n == 2 && strstr(d.at[1].message, "billing.contract"));
	r.entity = "contract";
	CHECK_INT(apimap_entity_check(a, &r, &d), 0);
	arena_free(a);
}

int
main(void)
{
	RUN(fields_are_found_under_other_names);
	RUN(what_is_required_and_missing_is_a_gap_and_what_is_left_is_named);
	RUN(a_payload_is_carried_over_exactly);
	RUN(what_cannot_be_carried_exactly_is_a_finding);
	RUN(the_way_back_gives_the_same_payload);
	RUN(near_candidates_are_reported_and_none_is_taken);
	RUN(the_packs_synonyms_stand_in_the_middle);
	RUN(the_entity_is_chosen_by_its_columns_and_unknown_ones_are_refused);
	RUN(units_that_are_not_said_on_both_sides_are_never_converted);
	RUN(the_same_two_documents_give_the_same_map);
	RUN(a_schema_onto_itself_is_all_exact);
	RUN(operations_and_components_of_two_descriptions_are_mapped);
	RUN(a_payload_that_the_other_side_refuses_is_refused);
	RUN(every_member_without_a_place_is_told);
	RUN(the_whole_is_mapped_where_it_is_one_value);
	RUN(booleans_and_words_for_them);
	RUN(obvious_names_are_found_and_doubtful_ones_told);
	RUN(between_two_nothing_is_guessed);
	RUN(the_body_of_an_operation_is_asked_for_by_its_name);
	RUN(an_entity_that_nobody_has_is_told_with_those_there_are);
	return tap_done();
}
