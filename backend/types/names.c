/* SPDX-License-Identifier: Apache-2.0 */
#include "types/names.h"

#include <string.h>
#include <strings.h>

#include "core/utf8.h"
#include "types/hash.h"

static const char *
part_fault(const char *p, size_t n)
{
	if (n == 0)
		return "has an empty part";
	if (n > NAME_PART_BYTES_MAX)
		return "has a part of more than 255 bytes, which is the limit";
	if (n == 2 && p[0] == '.' && p[1] == '.')
		return "leaves the folder by '..'";
	if (n == 1 && p[0] == '.')
		return "has a part '.'";
	return NULL;
}

const char *
name_fault(const char *p, size_t n)
{
	const char *why, *end = p + n;

	if (n == 0)
		return "is empty";
	if (n > NAME_PATH_BYTES_MAX)
		return "has more than 1024 bytes, which is the limit";
	if (utf8_check(p, n) < n)
		return "is not UTF-8";
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
			return p[i] == '\0' ? "has a NUL byte" : "has a control character";
		if (p[i] == '\\')
			return "has a backslash, which Windows takes for a folder";
	}
	if (p[0] == '/')
		return "is absolute";
	if (n >= 2 && p[1] == ':' && ((p[0] | 32) >= 'a' && (p[0] | 32) <= 'z'))
		return "begins with a drive letter";
	if (p[n - 1] == '/')
		end--;
	while (p <= end) {
		const char *slash = p < end ? memchr(p, '/', (size_t)(end - p)) : NULL;
		const char *stop = slash ? slash : end;
		if ((why = part_fault(p, (size_t)(stop - p))))
			return why;
		if (!slash)
			break;
		p = slash + 1;
	}
	return NULL;
}

/* Two-byte UTF-8 covers Latin, Greek and Cyrillic. */
static unsigned
fold_code(unsigned c)
{
	if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481) ||
	    (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f))
		return c | 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return (c & 1) ? c + 1 : c;
	return c;
}

uint64_t
name_hash(const struct hash_key *key, const char *p, size_t n, int is_folded)
{
	char folded[NAME_PATH_BYTES_MAX];

	if (n > 0 && p[n - 1] == '/')
		n--;
	if (!is_folded || n > sizeof folded)
		return hash_bytes(key, p, n);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		folded[i] = c >= 'A' && c <= 'Z' ? (char)(c | 32) : (char)c;
		if (c >= 0xc3 && c <= 0xd4 && i + 1 < n) {
			unsigned code = fold_code((c & 0x1fu) << 6 | ((unsigned char)p[i + 1] & 0x3fu));
			folded[i] = (char)(0xc0 | code >> 6);
			folded[i + 1] = (char)(0x80 | (code & 0x3f));
			i++;
		}
	}
	return hash_bytes(key, folded, n);
}

const char *
name_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *
name_extension(const char *path)
{
	const char *base = name_base(path), *dot = strrchr(base, '.');

	return dot && dot != base ? dot + 1 : "";
}

const char *
name_media_type(const char *path)
{
	static const char *const table[][2] = {
	    {"html", "text/html"}, {"htm", "text/html"}, {"css", "text/css"}, {"js", "text/javascript"},
	    {"mjs", "text/javascript"}, {"json", "application/json"}, {"map", "application/json"},
	    {"webmanifest", "application/manifest+json"}, {"xml", "application/xml"}, {"txt", "text/plain"},
	    {"md", "text/markdown"}, {"csv", "text/csv"}, {"svg", "image/svg+xml"}, {"png", "image/png"},
	    {"jpg", "image/jpeg"}, {"jpeg", "image/jpeg"}, {"gif", "image/gif"}, {"webp", "image/webp"},
	    {"avif", "image/avif"}, {"ico", "image/vnd.microsoft.icon"}, {"woff", "font/woff"},
	    {"woff2", "font/woff2"}, {"ttf", "font/ttf"}, {"otf", "font/otf"}, {"mp4", "video/mp4"},
	    {"webm", "video/webm"}, {"mp3", "audio/mpeg"}, {"ogg", "audio/ogg"}, {"wav", "audio/wav"},
	    {"pdf", "application/pdf"}, {"zip", "application/zip"}, {"wasm", "application/wasm"}};
	const char *extension = name_extension(path);

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcasecmp(extension, table[i][0]) == 0)
			return table[i][1];
	return "application/octet-stream";
}
