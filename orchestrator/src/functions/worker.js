// Runs one function of a flow, or one model, call after call.
//
//     worker.cjs action FOLDER ENTRY MARK
//     worker.cjs model  FOLDER ENTRY MARK MODEL
//
// One line of JSON comes in on standard input, one goes out on descriptor 3; the first line out says whether the
// code could be loaded. What the code prints goes to standard output and standard error as always. After each
// call both carry the line MARK, so that the reader knows which call a line belongs to.
"use strict";

const { spawnSync } = require("child_process");
const fs = require("fs");
const Module = require("module");
const net = require("net");
const path = require("path");
const { pathToFileURL } = require("url");

const MESSAGE_MAX = 1000;
// The reader of answers takes 128 levels.
const DEPTH_MAX = 100;
const CAUSES_MAX = 8;
const PLACE_MAX = 200;
const SCRIPTS = [".js", ".mjs", ".cjs"];
const BARE = Symbol.for("flow.bare");
// `JSON.stringify` makes `{}` of them, or something that nobody meant.
const UNFIT = [Map, Set, WeakMap, WeakSet, Promise, RegExp, Error, ArrayBuffer, DataView, Buffer];

const [kind, folder, entry, mark, directory] = process.argv.splice(2);
const { writeSync } = fs;
const nextTurn = setImmediate;
const exit = process.exit.bind(process);

// A failure that has a name of its own, and no stack.
class Refusal extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

// Finding the code

// `tag` is `tag.js`, or `index.js` in the folder `tag`.
function scripts(stem) {
  return [...SCRIPTS.map((end) => stem + end), ...SCRIPTS.map((end) => path.join(stem, "index" + end))];
}

function isScript(name) {
  return SCRIPTS.includes(path.extname(name));
}

function isFile(name) {
  const stat = fs.statSync(path.join(folder, name), { throwIfNoEntry: false });
  return stat !== undefined && stat.isFile();
}

function manifest(where) {
  try {
    return JSON.parse(fs.readFileSync(path.join(where, "package.json"), "utf8")) || {};
  } catch (error) {
    // Node itself says what is wrong with one that is there.
    return error.code === "ENOENT" ? undefined : {};
  }
}

// The file that a bare function name is looked for in.
function mainFile() {
  const named = (manifest(folder) || {}).main;
  const candidates = typeof named === "string" ? [named, ...scripts(named)].filter(isScript) : [];
  const found = [...candidates, ...SCRIPTS.map((end) => "index" + end)].find(isFile);
  if (found !== undefined) return path.normalize(found);
  const files = fs.readdirSync(folder).filter(isScript);
  if (files.length === 1) return files[0];
  const what = named === undefined ? "no `index.js`" : `no \`${named}\`, which its \`package.json\` names,`;
  throw new Refusal("refused", `the folder has ${what} and ${files.length} other files: write \`file.function\``);
}

function moduleFile(name) {
  const stem = name.split(".").join(path.sep);
  const found = scripts(stem).find(isFile);
  if (found === undefined) throw new Refusal("refused", `there is no file \`${stem}.js\``);
  return found;
}

// Whether the nearest `package.json` makes `.js` files ES modules.
function isModule(file) {
  if (path.extname(file) !== ".js") return path.extname(file) === ".mjs";
  const top = path.dirname(folder);
  for (let where = path.dirname(file); where.startsWith(top); where = path.dirname(where)) {
    const found = manifest(where);
    if (found !== undefined) return found.type === "module";
  }
  return false;
}

// Loads a CommonJS file. Functions of these names that it declares and does not export are found as well: that is
// the form that OpenWhisk's first actions have.
function loadCommon(file, names) {
  const shown = names.map((name) => `typeof ${name} === "function" && (module[Symbol.for("flow.bare")].${name} = ${name});`);
  const original = Module.prototype._compile;
  Module.prototype._compile = function (text, filename, ...rest) {
    if (filename !== file) return original.call(this, text, filename, ...rest);
    this[BARE] = {};
    // Whatever has the syntax of an ES module has no `module`.
    const end = `\n;if (typeof module === "object" && module[Symbol.for("flow.bare")]) { ${shown.join(" ")} }`;
    return original.call(this, text + end, filename, ...rest);
  };
  try {
    const exports = require(file);
    return { exports, bare: (require.cache[file] || {})[BARE] };
  } finally {
    Module.prototype._compile = original;
  }
}

async function load(name, names) {
  const file = path.join(folder, name);
  const imported = async () => {
    try {
      return { exports: await import(pathToFileURL(file).href), bare: undefined };
    } catch (error) {
      if (error instanceof SyntaxError) locate(error, file);
      throw error;
    }
  };
  if (isModule(file)) return imported();
  try {
    return loadCommon(file, names.filter(isName));
  } catch (error) {
    // An ES module by its syntax alone, which waits for something at its top.
    if (error && error.code === "ERR_REQUIRE_ASYNC_MODULE") return imported();
    throw error;
  }
}

// The stack of a file that cannot be read begins with the place. That of an ES module does not; a second look tells.
function locate(error, file) {
  if (/^.+:\d+\n/.test(error.stack)) return;
  const { stderr } = spawnSync(process.execPath, [...process.execArgv, "--check", file], { encoding: "utf8", timeout: 10_000 });
  const [place] = /^.+:\d+\n/.exec(stderr || "") || [];
  if (place) error.stack = place.replace(/^file:\/\//, "") + error.stack;
}

// Whether a declaration can have this name.
function isName(name) {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return false;
  try {
    return Boolean(new Function(`let ${name};`));
  } catch {
    return false;
  }
}

function member(loaded, file, name) {
  const places = [loaded.exports, loaded.exports && loaded.exports.default, loaded.bare];
  for (const place of places) {
    if (place && typeof place[name] === "function") return place[name].bind(place);
  }
  const here = new Set(places.flatMap((place) => Object.keys(place || {}).filter((key) => typeof place[key] === "function")));
  here.delete("default");
  const some = [...here].sort().slice(0, 8).map((key) => `\`${key}\``);
  const hint = some.length > 0 ? `, it has ${some.join(", ")}` : "";
  throw new Refusal("refused", `there is no function \`${name}\` in \`${file}\`${hint}`);
}

async function action() {
  const dot = entry.lastIndexOf(".");
  const name = entry.slice(dot + 1);
  const file = dot < 0 ? mainFile() : moduleFile(entry.slice(0, dot));
  const main = member(await load(file, [name]), file, name);
  return async (value) => {
    const result = await main(value);
    const copy = plain(result === undefined ? {} : result);
    if (typeof copy !== "object" || copy === null || Array.isArray(copy)) {
      throw new Refusal("type", `returned ${a(result)}, not an object`);
    }
    return copy;
  };
}

async function model() {
  const file = moduleFile(entry);
  const loaded = await load(file, ["load", "predict"]);
  const [start, predict] = [member(loaded, file, "load"), member(loaded, file, "predict")];
  const state = await start(directory);
  return async (rows) => {
    const count = rows.length;
    const answers = await predict(state, rows);
    const copy = plain(answers === undefined ? null : answers);
    if (!Array.isArray(copy)) throw new Refusal("type", `\`predict\` returned ${a(answers)}, not an array`);
    if (copy.length !== count) {
      throw new Refusal("type", `\`predict\` returned ${copy.length} answers for ${count} rows`);
    }
    return copy;
  };
}

// Answering

function a(value) {
  if (value === null || value === undefined) return String(value);
  const made = typeof value === "object" && value.constructor && value.constructor.name;
  const name = made && made !== "Object" && made !== "Array" ? made : Array.isArray(value) ? "array" : typeof value;
  return (/^[aeiou]/i.test(name) ? "an " : "a ") + name;
}

// Where a value is, in a result: `scores[1]`.
function place(key, holder) {
  if (holder === undefined) return "";
  const above = place(holder.key, holder.holder);
  if (typeof key === "number") return `${above}[${key}]`;
  return above ? `${above}.${key}` : key;
}

// A copy that JSON carries as it is. Typed arrays are lists; whatever has a `toJSON` says itself what it is. The
// value is at `key` of what `holder` is about.
function plain(given, key, holder) {
  const misfit = (what, why = "") => {
    const at = place(key, holder).slice(0, PLACE_MAX);
    return new Refusal("type", `returned ${what}${at ? ` at \`${at}\`` : ""}${why}`);
  };
  const fit = (value) => {
    if (UNFIT.some((type) => value instanceof type)) throw misfit(a(value), ", which JSON cannot carry");
    return value;
  };
  const says = given !== null && typeof given === "object" && typeof fit(given).toJSON === "function";
  const value = says ? fit(given.toJSON()) : given;
  switch (typeof value) {
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw misfit("a number that is not finite");
    case "string":
      if (!/\p{Surrogate}/u.test(value)) return value;
      throw misfit("text that is not Unicode");
    case "object":
      if (value === null) return value;
      break;
    default:
      throw misfit(a(value), ", which JSON cannot carry");
  }
  const here = { value, key, holder, depth: holder === undefined ? 1 : holder.depth + 1 };
  if (here.depth > DEPTH_MAX) throw misfit("values nested too deeply");
  for (let above = holder; above !== undefined; above = above.holder) {
    if (above.value === value) throw misfit("a value that contains itself");
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return Array.from(value, (item, index) => plain(item, index, here));
  }
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(fields.map(([name, item]) => [plain(name, name, here), plain(item, name, here)]));
}

function encode(value, limit) {
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  return bytes <= limit ? `{"result":${text}}` : `{"oversize":${bytes}}`;
}

// Paths below the folder, not of this machine.
function tidy(text) {
  const roots = [folder, path.dirname(folder)].flatMap((root) => [pathToFileURL(root).href, root]);
  return roots.reduce((rest, root) => rest.split(root + "/").join(""), text);
}

// One from another context of the engine is none of ours.
function isError(value) {
  return value instanceof Error || Boolean(value && typeof value.stack === "string" && "message" in value);
}

function describe(error) {
  try {
    if (!isError(error)) {
      const text = typeof error === "object" ? JSON.stringify(error) : String(error);
      return error === null || error === undefined ? `threw ${text}` : `threw ${a(error)}: ${text}`;
    }
    const made = error.constructor && error.constructor.name.replace(/^NodeError$/, "Error");
    const name = (error.name === "Error" && made) || error.name || "Error";
    const message = tidy(String(error.message)).split("\nRequire stack:")[0];
    const [, file, line] = (error instanceof SyntaxError && /^(.+):(\d+)\n/.exec(tidy(String(error.stack)))) || [];
    const at = file && !path.isAbsolute(file) ? ` (${file}, line ${line})` : "";
    return (message ? `${name}: ${message}` : String(name)) + at;
  } catch {
    return "threw something that cannot be shown";
  }
}

// Prints the stack as far as it is the user's.
function show(error) {
  try {
    let [each, word, depth] = [error, "", 0];
    do {
      const stack = isError(each) ? String(each.stack).split("\n") : [];
      const own = (line) => /^\s+at /.test(line) && (line.includes(folder) || line.includes(pathToFileURL(folder).href));
      write(2, [word + describe(each), ...stack.filter(own).map(tidy)].join("\n") + "\n");
      [each, word, depth] = [isError(each) ? each.cause : undefined, "caused by ", depth + 1];
    } while (each !== undefined && depth < CAUSES_MAX);
  } catch {
    // Whatever cannot be shown is not.
  }
}

function failed(error, where, last) {
  const refused = error instanceof Refusal;
  if (!refused) show(error);
  const message = (refused ? error.message : describe(error)).slice(0, MESSAGE_MAX) + where;
  // Half a letter is not Unicode.
  const whole = Buffer.from(message).toString();
  return JSON.stringify({ error: { kind: refused ? error.kind : "crash", message: whole, last } });
}

function write(descriptor, text) {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

// Whether somebody waits for an answer.
let asked = false;

async function answer(line) {
  if (!asked) return;
  asked = false;
  for (const [descriptor, stream] of [[1, process.stdout], [2, process.stderr]]) {
    // What was printed comes before the mark.
    if (stream.writable && stream.writableLength > 0) await new Promise((done) => stream.write("", done));
    try {
      write(descriptor, mark + "\n");
    } catch {
      // The code has closed it.
    }
  }
  try {
    write(3, line + "\n");
  } catch {
    exit(1);
  }
}

async function exchange(act) {
  asked = true;
  let line;
  try {
    line = await act();
  } catch (error) {
    line = failed(error, "");
  }
  // A promise that has failed and that nobody waits for is told before the next turn.
  await new Promise((done) => nextTurn(done));
  await answer(line);
}

// The code has lost control of something: the call fails, and nobody is called here again.
async function lost(error, where) {
  if (asked) await answer(failed(error, where, true));
  else show(error);
  exit(1);
}

// Standard input is taken away, and read as it comes: what the code reads from its own is not ours to lose.
function requests(take) {
  let descriptor = 0;
  try {
    descriptor = fs.openSync("/proc/self/fd/0", "r");
    fs.closeSync(0);
    fs.openSync("/dev/null", "r");
  } catch {
    // Without `/proc` the two share it.
  }
  let chunks = [];
  const socket = new net.Socket({ fd: descriptor, readable: true, writable: false });
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    if (chunk[chunk.length - 1] !== 10) return;
    const line = Buffer.concat(chunks).toString();
    chunks = [];
    take(JSON.parse(line));
  });
  socket.on("end", () => exit(0));
}

async function serve() {
  for (const stream of [process.stdout, process.stderr]) {
    // What is printed before a sudden end is not lost, and a flood of it waits for its reader.
    if (stream._handle && stream._handle.setBlocking) stream._handle.setBlocking(true);
  }
  process.on("uncaughtException", (error) => lost(error, " (thrown where nobody catches it)"));
  process.on("unhandledRejection", (error) => lost(error, " (in a promise that nobody waits for)"));
  let call;
  requests(async (request) => {
    Object.assign(process.env, {
      FLOW_KEY: request.key,
      FLOW_ATTEMPT: String(request.attempt),
      FLOW_OUT: request.out,
    });
    process.chdir(folder);
    await exchange(async () => encode(await call(request.value), request.result_max));
  });
  await exchange(async () => {
    call = await (kind === "action" ? action() : model());
    return '{"ok":true}';
  });
}

serve();
