/* SPDX-License-Identifier: Apache-2.0 */
/* \p{…}: names as ECMA-262 tables 65 to 67 have them (exact, case matters), in PCRE2's spelling. */
#include "schema/ecma.h"

#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/buf.h"

static const char *const categories[][2] = {
    {"L", "Letter"}, {"LC", "Cased_Letter"}, {"Lu", "Uppercase_Letter"}, {"Ll", "Lowercase_Letter"},
    {"Lt", "Titlecase_Letter"}, {"Lm", "Modifier_Letter"}, {"Lo", "Other_Letter"}, {"M", "Mark"},
    {"M", "Combining_Mark"}, {"Mn", "Nonspacing_Mark"}, {"Mc", "Spacing_Mark"},
    {"Me", "Enclosing_Mark"}, {"N", "Number"}, {"Nd", "Decimal_Number"}, {"Nd", "digit"},
    {"Nl", "Letter_Number"}, {"No", "Other_Number"}, {"P", "Punctuation"}, {"P", "punct"},
    {"Pc", "Connector_Punctuation"}, {"Pd", "Dash_Punctuation"}, {"Ps", "Open_Punctuation"},
    {"Pe", "Close_Punctuation"}, {"Pi", "Initial_Punctuation"}, {"Pf", "Final_Punctuation"},
    {"Po", "Other_Punctuation"}, {"S", "Symbol"}, {"Sm", "Math_Symbol"}, {"Sc", "Currency_Symbol"},
    {"Sk", "Modifier_Symbol"}, {"So", "Other_Symbol"}, {"Z", "Separator"},
    {"Zs", "Space_Separator"}, {"Zl", "Line_Separator"}, {"Zp", "Paragraph_Separator"},
    {"C", "Other"}, {"Cc", "Control"}, {"Cc", "cntrl"}, {"Cf", "Format"}, {"Cs", "Surrogate"},
    {"Co", "Private_Use"}, {"Cn", "Unassigned"}};

/* Binary properties: short name (empty when there is none), long name. PCRE2 knows the long ones. */
static const char *const binaries[][2] = {
    {"", "ASCII"}, {"AHex", "ASCII_Hex_Digit"}, {"Alpha", "Alphabetic"}, {"", "Any"},
    {"Bidi_C", "Bidi_Control"}, {"Bidi_M", "Bidi_Mirrored"}, {"CI", "Case_Ignorable"}, {"", "Cased"},
    {"CWCF", "Changes_When_Casefolded"}, {"CWCM", "Changes_When_Casemapped"},
    {"CWL", "Changes_When_Lowercased"}, {"CWT", "Changes_When_Titlecased"},
    {"CWU", "Changes_When_Uppercased"}, {"", "Dash"}, {"DI", "Default_Ignorable_Code_Point"},
    {"Dep", "Deprecated"}, {"Dia", "Diacritic"}, {"", "Emoji"}, {"EComp", "Emoji_Component"},
    {"EMod", "Emoji_Modifier"}, {"EBase", "Emoji_Modifier_Base"}, {"EPres", "Emoji_Presentation"},
    {"ExtPict", "Extended_Pictographic"}, {"Ext", "Extender"}, {"Gr_Base", "Grapheme_Base"},
    {"Gr_Ext", "Grapheme_Extend"}, {"Hex", "Hex_Digit"}, {"IDSB", "IDS_Binary_Operator"},
    {"IDST", "IDS_Trinary_Operator"}, {"IDC", "ID_Continue"}, {"IDS", "ID_Start"},
    {"Ideo", "Ideographic"}, {"Join_C", "Join_Control"}, {"LOE", "Logical_Order_Exception"},
    {"Lower", "Lowercase"}, {"", "Math"}, {"NChar", "Noncharacter_Code_Point"},
    {"Pat_Syn", "Pattern_Syntax"}, {"Pat_WS", "Pattern_White_Space"}, {"QMark", "Quotation_Mark"},
    {"", "Radical"}, {"RI", "Regional_Indicator"}, {"STerm", "Sentence_Terminal"},
    {"SD", "Soft_Dotted"}, {"Term", "Terminal_Punctuation"}, {"UIdeo", "Unified_Ideograph"},
    {"Upper", "Uppercase"}, {"VS", "Variation_Selector"}, {"space", "White_Space"},
    {"XIDC", "XID_Continue"}, {"XIDS", "XID_Start"}};

static const char *
find(const char *const (*table)[2], size_t rows, const char *name, size_t n, int out)
{
	for (size_t i = 0; i < rows; i++)
		for (int k = 0; k < 2; k++)
			if (n && strlen(table[i][k]) == n && memcmp(table[i][k], name, n) == 0)
				return table[i][out];
	return NULL;
}

/* Scripts are too many for a table of our own, and PCRE2 has them; but it reads names loosely. */
static bool
knows_script(const char *prefix, const char *name, size_t n)
{
	char text[64];
	int error;
	size_t at, np = strlen(prefix);
	pcre2_code *code;

	if (n == 0 || n > 32 || name[0] < 'A' || name[0] > 'Z')
		return false;
	for (size_t i = 1; i < n; i++)
		if (!(name[i] >= 'a' && name[i] <= 'z') && name[i] != '_' &&
		    !(name[i - 1] == '_' && name[i] >= 'A' && name[i] <= 'Z') &&
		    !(n == 3 && memcmp(name, "Nko", 3) != 0))
			return false;
	memcpy(text, prefix, np);
	memcpy(text + np, name, n);
	text[np + n] = '}';
	code = pcre2_compile((PCRE2_SPTR)text, np + n + 1, PCRE2_UTF, &error, &at, NULL);
	pcre2_code_free(code);
	return code != NULL;
}

static bool
put_category(struct buf *b, const char *name, size_t n, char p)
{
	const char *c = find(categories, sizeof categories / sizeof *categories, name, n, 0);

	if (!c)
		return false;
	buf_printf(b, "\\%c{%s}", p, strcmp(c, "LC") == 0 ? "L&" : c);
	return true;
}

bool
ecma_property(struct buf *b, const char *name, size_t n, bool is_negated)
{
	const char *equals = memchr(name, '=', n), *binary;
	char p = is_negated ? 'P' : 'p';
	size_t nk = equals ? (size_t)(equals - name) : 0, nv = equals ? n - nk - 1 : 0;

	if (!equals) {
		if (n == 8 && memcmp(name, "Assigned", 8) == 0) {
			buf_printf(b, "\\%c{Cn}", is_negated ? 'p' : 'P');
			return true;
		}
		binary = find(binaries, sizeof binaries / sizeof *binaries, name, n, 1);
		if (binary)
			buf_printf(b, "\\%c{%s}", p, binary);
		return binary || put_category(b, name, n, p);
	}
	if ((nk == 2 && memcmp(name, "gc", 2) == 0) ||
	    (nk == 16 && memcmp(name, "General_Category", 16) == 0))
		return put_category(b, equals + 1, nv, p);
	bool extended = (nk == 3 && memcmp(name, "scx", 3) == 0) ||
	    (nk == 17 && memcmp(name, "Script_Extensions", 17) == 0);
	if (!extended && !(nk == 2 && memcmp(name, "sc", 2) == 0) &&
	    !(nk == 6 && memcmp(name, "Script", 6) == 0))
		return false;
	if (!knows_script(extended ? "\\p{scx:" : "\\p{sc:", equals + 1, nv))
		return false;
	buf_printf(b, "\\%c{%s:%.*s}", p, extended ? "scx" : "sc", (int)nv, equals + 1);
	return true;
}
