// The data of the report: parts in tags that the browser kept, deflated and in base64. See src/report/html/pack.rs.

/** The tags by kind. */
const parts = { index: [], details: [], gaps: [], requirements: [], book: [] };

/** Names, counts and checks; see src/report/html/book.rs. */
let book = null;

/** What could not be read. */
let gaps = [];

/** Requirements of frameworks. */
let requirements = [];

/** The rows, in columns; see src/report/html/rows.rs. */
let rows = null;

function collectParts() {
  for (const tag of document.querySelectorAll("script[data-kind]")) parts[tag.dataset.kind].push(tag);
}

/** What a part holds. */
async function inflate(tag) {
  const text = tag.textContent;
  let bytes;
  if (Uint8Array.fromBase64) {
    bytes = Uint8Array.fromBase64(text);
  } else {
    const decoded = atob(text);
    bytes = new Uint8Array(decoded.length);
    for (let i = 0; i < decoded.length; i++) bytes[i] = decoded.charCodeAt(i);
  }
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(inflated).json();
}

/** The items of all parts of a kind. */
async function all(kind) {
  const lists = await Promise.all(parts[kind].map(inflate));
  return lists.flat();
}

/** Reads everything but the details. */
async function load() {
  collectParts();
  const [books, chunks] = await Promise.all([Promise.all(parts.book.map(inflate)), Promise.all(parts.index.map(inflate))]);
  book = books[0];
  rows = joined(chunks);
  parts.index.forEach((tag) => tag.remove());
  [gaps, requirements] = await Promise.all([all("gaps"), all("requirements")]);
}

/** One set of columns of all parts. */
function joined(chunks) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.check.length, 0);
  const columns = { length, resource: [], message: [], fingerprint: [] };
  for (const name of ["check", "account", "region", "action"]) columns[name] = new Uint32Array(length);
  for (const name of ["status", "severity", "since", "broken"]) columns[name] = new Uint8Array(length);
  for (const chunk of chunks) {
    for (const [name, column] of Object.entries(columns)) {
      if (name === "length") continue;
      if (Array.isArray(column)) for (const text of chunk[name]) column.push(text);
      else column.set(chunk[name], chunk.first);
    }
  }
  return columns;
}

/** Parts of the details that were unpacked last, the latest at the end. */
const unpacked = new Map();

const MOST_UNPACKED = 4;

/** What is behind a row. */
async function details(row) {
  const tag = parts.details.findLast((tag) => Number(tag.dataset.first) <= row);
  const list = unpacked.get(tag) ?? inflate(tag);
  unpacked.delete(tag);
  unpacked.set(tag, list);
  if (unpacked.size > MOST_UNPACKED) unpacked.delete(unpacked.keys().next().value);
  return (await list)[row - Number(tag.dataset.first)];
}

/** The row with a fingerprint, what is now before what was; -1 when there is none. */
function rowOf(fingerprint) {
  return rows.fingerprint.indexOf(fingerprint);
}

/** A row's check. */
function checkOf(row) {
  return book.checks[rows.check[row]];
}

/** The words for a row. */
const wordOf = {
  status: (row) => book.statuses[rows.status[row]],
  severity: (row) => book.severities[rows.severity[row]],
  since: (row) => book.sinces[rows.since[row]],
  account: (row) => book.accounts[rows.account[row]],
  region: (row) => book.regions[rows.region[row]],
  action: (row) => book.actions[rows.action[row]],
};

/** The service that a check is about. */
function serviceOf(check) {
  return check.id.split("/")[0];
}
