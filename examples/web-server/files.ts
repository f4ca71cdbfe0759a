// Answers HTTP requests with the files of a folder (RFC 9110): GET and HEAD, ranges, conditional requests, listings.
import { type Stats, statSync } from "node:fs";
import { open, readdir, readFile, realpath, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { pipeline } from "node:stream/promises";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".ts": "text/plain; charset=utf-8",
  ".x": "text/plain; charset=utf-8",
  ".md": "text/plain; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".gif": "image/gif",
  ".ico": "image/x-icon",
  ".pdf": "application/pdf",
  ".wasm": "application/wasm",
};

/** Answers one request with a file below `root`, which is a real path. @throws if the client goes away, or a file changes. */
export async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = "/" } = request;
  if (method !== "GET" && method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return end(response, 405);
  }
  const path = pathOf(url);
  if (path === undefined) return end(response, 400);
  const wanted = normalize(root + sep + path);
  if (!isWithin(root, wanted)) return end(response, 403);
  const known = small.get(wanted);
  try {
    if (known !== undefined && isUnchanged(wanted, known.file)) return sendBytes(known, request, response);
    small.delete(wanted);
    // A link may lead out of the folder.
    const real = await realpath(wanted);
    if (!isWithin(root, real)) return end(response, 403);
    const found = await stat(real);
    if (found.isDirectory()) return await sendFolder(root, real, path, request, response);
    if (!found.isFile() || path.endsWith("/")) return end(response, 404);
    if (found.size > largestKept) return await sendFile(real, found, request, response);
    const file = { path: real, file: found, bytes: await readFile(real) };
    // It may have changed between the two.
    if (file.bytes.length !== found.size) return await sendFile(real, found, request, response);
    keep(wanted, file);
    return sendBytes(file, request, response);
  } catch (error) {
    if (response.headersSent) throw error;
    const { code = "" } = error as NodeJS.ErrnoException;
    const status = { ENOENT: 404, ENOTDIR: 404, ENAMETOOLONG: 414, EACCES: 403, EPERM: 403, ELOOP: 403 }[code];
    if (status === undefined) throw error;
    return end(response, status);
  }
}

/** A small file that is kept in memory, and how it was when it was read. */
interface SmallFile {
  readonly path: string;
  readonly file: Stats;
  readonly bytes: Buffer;
}

const largestKept = 64 * 1024;
const mostKept = 256;
/** By the path that was asked for; the oldest first. */
const small = new Map<string, SmallFile>();

function keep(wanted: string, file: SmallFile): void {
  if (small.size >= mostKept) small.delete(small.keys().next().value as string);
  small.set(wanted, file);
}

/**
 * Whether the path is still the file that was found within the folder: a link that leads elsewhere has another number. One synchronous
 * question for a path that was just used takes 3 us, an asynchronous one 30.
 */
function isUnchanged(wanted: string, { dev, ino, size, mtimeMs, ctimeMs }: Stats): boolean {
  const now = statSync(wanted, { throwIfNoEntry: false });
  return (
    now !== undefined &&
    now.ino === ino &&
    now.dev === dev &&
    now.size === size &&
    now.mtimeMs === mtimeMs &&
    now.ctimeMs === ctimeMs
  );
}

/** Headers and file leave in one write. */
function sendBytes({ path, file, bytes }: SmallFile, request: IncomingMessage, response: ServerResponse): void {
  const part = prepare(path, file, request, response);
  if (part !== undefined) response.end(bytes.subarray(part.first, part.last + 1));
}

/** The decoded path of a URL; undefined if it is malformed. */
function pathOf(url: string): string | undefined {
  try {
    // A proxy's client sends the whole URL (RFC 9112 section 3.2.2).
    const target = url.replace(/^https?:\/\/[^/?#]*/i, "");
    const path = decodeURIComponent(target.split(/[?#]/, 1)[0] as string) || "/";
    return path.startsWith("/") && !path.includes("\0") ? path : undefined;
  } catch {
    return undefined;
  }
}

function isWithin(root: string, path: string): boolean {
  return path === root || path === root + sep || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function sendFile(path: string, file: Stats, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await using opened = await open(path);
  const part = prepare(path, file, request, response);
  if (part === undefined) return;
  // A slow client slows down the reading of the file.
  await pipeline(opened.createReadStream({ start: part.first, end: part.last }), response);
}

/** Sets status and headers. @returns the part of the file to send; undefined if the response has ended without one. */
function prepare(
  path: string,
  file: Stats,
  request: IncomingMessage,
  response: ServerResponse,
): { readonly first: number; readonly last: number } | undefined {
  const etag = `"${file.size.toString(16)}-${Math.floor(file.mtimeMs).toString(16)}"`;
  response.setHeader("ETag", etag);
  const modified = lastModified(file);
  response.setHeader("Last-Modified", new Date(modified).toUTCString());
  response.setHeader("Accept-Ranges", "bytes");
  const condition = failedCondition(request, etag, modified);
  if (condition !== undefined) {
    end(response, condition);
    return undefined;
  }
  response.setHeader("Content-Type", types[extname(path).toLowerCase()] ?? "application/octet-stream");
  const range = rangeOf(request, etag, modified, file.size);
  if (range === "none") {
    response.setHeader("Content-Range", `bytes */${file.size}`);
    end(response, 416);
    return undefined;
  }
  const { first, last } = range ?? { first: 0, last: file.size - 1 };
  if (range !== undefined) response.setHeader("Content-Range", `bytes ${first}-${last}/${file.size}`);
  response.setHeader("Content-Length", last - first + 1);
  response.statusCode = range === undefined ? 200 : 206;
  if (request.method === "HEAD" || last < first) {
    response.end();
    return undefined;
  }
  return { first, last };
}

/** Milliseconds since 1970, in whole seconds: never after the date of the response (RFC 9110 section 8.8.2.1). */
function lastModified({ mtimeMs }: Stats): number {
  return Math.floor(Math.min(mtimeMs, Date.now()) / 1000) * 1000;
}

/** 304 or 412 (RFC 9110 section 13.2.2); undefined to answer with the file. */
function failedCondition({ headers }: IncomingMessage, etag: string, modified: number): number | undefined {
  const { "if-match": match, "if-none-match": noneMatch } = headers;
  if (match !== undefined) {
    if (!lists(match, etag, false)) return 412;
  } else if (modified > dateOf(headers["if-unmodified-since"], Number.POSITIVE_INFINITY)) return 412;
  if (noneMatch !== undefined) return lists(noneMatch, etag, true) ? 304 : undefined;
  return modified <= dateOf(headers["if-modified-since"], Number.NEGATIVE_INFINITY) ? 304 : undefined;
}

function lists(header: string, etag: string, weak: boolean): boolean {
  const tags = header.split(",").map((one) => one.trim());
  return tags.some((tag) => tag === "*" || tag === etag || (weak && tag === `W/${etag}`));
}

/** The three forms of a date (RFC 9110 section 5.6.7); the last one does not say that it is in UTC. */
const dates = [
  /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^\w{6,9}, \d{2}-\w{3}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^\w{3} \w{3} [\d ]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/** Milliseconds since 1970. `otherwise` for a header that is missing, or is no date. */
function dateOf(header: string | undefined, otherwise: number): number {
  const form = dates.findIndex((one) => one.test(header ?? ""));
  const time = form < 0 ? Number.NaN : Date.parse(`${header}${form === 2 ? " GMT" : ""}`);
  return Number.isNaN(time) ? otherwise : time;
}

/** One range of bytes (RFC 9110 section 14); undefined to send all, "none" if the file has no such bytes. */
function rangeOf(
  { method, headers }: IncomingMessage,
  etag: string,
  modified: number,
  size: number,
): { readonly first: number; readonly last: number } | "none" | undefined {
  const { range, "if-range": condition } = headers;
  // Ranges are for GET only.
  if (method !== "GET") return undefined;
  const [, from, to] = /^bytes=(\d*)-(\d*)$/i.exec(range?.replaceAll(" ", "") ?? "") ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return undefined;
  if (typeof condition === "string" && condition !== etag && dateOf(condition, Number.NaN) !== modified)
    return undefined;
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < first) return undefined;
  return first >= size || (from === "" && Number(to) === 0) ? "none" : { first, last };
}

async function sendFolder(
  root: string,
  folder: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!path.endsWith("/")) {
    // Two slashes at the start would name another host.
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    response.setHeader("Location", `/${encoded.replace(/^\/+/, "")}/`);
    return end(response, 301);
  }
  const index = await stat(join(folder, "index.html")).catch(() => undefined);
  if (index?.isFile() && isWithin(root, await realpath(join(folder, "index.html"))))
    return sendFile(join(folder, "index.html"), index, request, response);
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  const above = folder === root ? [] : ["../"];
  const lines = [...above, ...names].map(
    (name) => `<li><a href="./${encodeURIComponent(name).replaceAll("%2F", "/")}">${escaped(name)}</a></li>`,
  );
  const title = escaped(`Index of ${path}`);
  const style = "body{font-family:system-ui,sans-serif;margin:2rem}li{line-height:1.6}";
  const page = `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${style}</style></head>
<body><h1>${title}</h1><ul>\n${lines.join("\n")}\n</ul></body></html>\n`;
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.setHeader("Content-Length", Buffer.byteLength(page));
  response.end(request.method === "HEAD" ? undefined : page);
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] as string);
}

const reasons: Readonly<Record<number, string>> = {
  301: "Moved permanently",
  304: "",
  400: "Bad request",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  412: "Precondition failed",
  414: "URI too long",
  416: "Range not satisfiable",
};

function end(response: ServerResponse, status: number): void {
  const text = reasons[status] === "" ? "" : `${reasons[status]}\n`;
  response.statusCode = status;
  if (text !== "") {
    response.setHeader("Content-Type", "text/plain; charset=utf-8");
    response.setHeader("Content-Length", text.length);
  }
  response.end(response.req.method === "HEAD" ? undefined : text);
}
