// What may stand at a place of a scheme's text: keys and values offered while one writes, and what a key means. All of it
// comes from the published schema and from what the shop has; where the cursor stands is told by indents and braces.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { hoverTooltip, keymap } from "@codemirror/view";

const KEY = /^(\s*(?:- )?)(?:"([^"]*)"|'([^']*)'|([\w-]+)):(?:\s|$)/;
const keyOf = (match) => match[2] ?? match[3] ?? match[4];

/** The keys that a line lies in, outermost first, by its indent. */
const around = (doc, number, indent) => {
  const path = [];
  for (let n = number - 1, limit = indent; n > 0 && limit > 0; n--) {
    const line = doc.line(n).text;
    if (!line.trim() || /^\s*#/.test(line)) continue;
    const at = line.match(/^\s*(?:- )?/)[0].length;
    const match = line.match(KEY);
    if (at < limit && match) {
      path.unshift(keyOf(match));
      limit = at;
    }
  }
  return path;
};

/** Where in the text a place is: the path of keys, the key whose value is being written (or none), what is written of it. */
const placeAt = (doc, pos) => {
  const line = doc.lineAt(pos);
  const before = line.text.slice(0, pos - line.from);
  if (/(^|\s)#/.test(before.replace(/"[^"]*"|'[^']*'/g, ""))) return null;
  const indent = before.match(/^\s*/)[0].length;
  const dash = before.match(/^\s*- /);
  const path = around(doc, line.number, dash ? dash[0].length : indent || 0);
  let rest = before.slice(dash ? dash[0].length : indent);
  let key = null;
  const head = before.match(KEY);
  if (head) {
    key = keyOf(head);
    rest = before.slice(head[0].length);
  }
  // within braces: each opens a level, each comma begins a key anew
  const stack = [];
  let word = "";
  let quote = "";
  for (const c of rest) {
    if (quote) {
      if (c === quote) quote = "";
      word += c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word += c;
    } else if (c === "{" || c === "[") {
      stack.push({ c, key });
      if (key !== null) path.push(key);
      key = null;
      word = "";
    } else if (c === "}" || c === "]") {
      const top = stack.pop();
      if (top?.key != null) path.pop();
      key = top?.key ?? null;
      word = "";
    } else if (c === ",") {
      if (stack.length) key = null;
      word = "";
    } else if (c === ":" && stack.at(-1)?.c === "{" && key === null) {
      key = word.trim();
      word = "";
    } else word += c;
  }
  const isList = stack.at(-1)?.c === "[" || (dash && !head && !stack.length);
  return { path, key, word: word.trimStart(), isList, isValue: key !== null || isList };
};

/** The part of the schema that a path leads to; `words`: { schema, lists }. */
const schemaAt = (words, path) => {
  const { schema } = words;
  const follow = (part, wants = "object") => {
    let at = part;
    const seen = [];
    for (;;) {
      if (at?.$ref) {
        seen.push(at.$ref.split("/").at(-1));
        const inner = at.$ref
          .slice(2)
          .split("/")
          .reduce((one, name) => one[name], schema);
        at = { ...inner, ...Object.fromEntries(Object.entries(at).filter(([name]) => name !== "$ref")) };
      } else if (at?.if?.type && !at.properties) {
        const { description } = at;
        at = at.if.type === wants || (at.if.type === "array" && wants === "object") ? at.then : { ...at.else };
        if (description && !at.description) at = { ...at, description };
      } else return at ? { ...at, names: seen } : null;
    }
  };
  let at = follow(schema);
  for (const key of path) {
    if (!at) return null;
    if (at.items) at = follow(at.items);
    const more = typeof at?.additionalProperties === "object" ? at.additionalProperties : null;
    at = follow(at?.properties?.[key] ?? more);
  }
  return at && { at, follow };
};

const stepNames = (doc) => {
  const names = [];
  let isIn = false;
  for (const line of doc.iterLines()) {
    if (/^steps:/.test(line)) isIn = true;
    else if (isIn && /^[^\s#]/.test(line)) isIn = false;
    const match = isIn && line.match(/^ {2}"?([a-z][\w-]*)"?:/);
    if (match) names.push(match[1]);
  }
  return names;
};

const written = (doc, number, indent) => {
  const keys = new Set();
  for (const by of [-1, 1])
    for (let n = number + by; n > 0 && n <= doc.lines; n += by) {
      const line = doc.line(n).text;
      if (!line.trim() || /^\s*#/.test(line)) continue;
      const at = line.match(/^\s*/)[0].length;
      if (at < indent) break;
      const match = at === indent && line.match(KEY);
      if (match) keys.add(keyOf(match));
    }
  return keys;
};

const keyOptions = (words, place, doc, line) => {
  const found = schemaAt(words, place.path);
  if (!found?.at) return [];
  let at = found.at;
  if (at.items) at = found.follow(at.items);
  const have = written(doc, line.number, line.text.match(/^\s*/)[0].length);
  if (at?.propertyNames && found.follow(at.propertyNames, "none").names.includes("target"))
    return [...stepNames(doc), "end"].filter((name) => !have.has(name)).map((name) => ({ label: name, type: "value", apply: `${name}: ` }));
  let names = Object.keys(at?.properties ?? {});
  if (at?.oneOf) {
    // a step has one verb: with it, what goes beside it; without, the verbs first
    const verbs = at.oneOf.map((one) => one.required[0]);
    const verb = verbs.find((one) => have.has(one));
    const barred = verb ? Object.keys(at.dependentSchemas?.[verb]?.properties ?? {}) : [];
    names = names.filter((name) => (verb ? !verbs.includes(name) && !barred.includes(name) : true));
  }
  const listed = place.path.at(-1) === "outcomes" ? words.lists.outcomes : [];
  return [
    ...names
      .filter((name) => !have.has(name))
      .map((name) => ({ label: name, type: "key", info: found.follow(at.properties[name], "none")?.description || at.properties[name].description, apply: `${name}: ` })),
    ...listed.filter(([name]) => !have.has(name)).map(([name, said]) => ({ label: name, detail: said, type: "value", apply: `${name}: ` })),
  ];
};

const valueOptions = (words, place, doc) => {
  const path = place.key === null ? place.path : [...place.path, place.key];
  const name = path.at(-1);
  const found = schemaAt(words, path.slice(0, -1));
  if (!found?.at) return [];
  let holder = found.at.items ? found.follow(found.at.items) : found.at;
  const more = typeof holder?.additionalProperties === "object" ? holder.additionalProperties : null;
  let at = found.follow(holder?.properties?.[name] ?? more, "none");
  if (at?.items) at = found.follow(at.items, "none");
  if (!at) return [];
  const said = (pairs) => (pairs ?? []).map(([label, detail]) => ({ label, detail: detail === label ? "" : detail, type: "value" }));
  if (at.enum) return said(at.enum.map((one) => [one, ""]));
  if (at.names.includes("target")) return said([...stepNames(doc), "end"].map((one) => [one, ""]));
  if (at.names.includes("condition")) return said(words.lists.facts);
  if (at.names.includes("event")) return said(words.lists.event);
  if (words.lists[name]) return said(words.lists[name]);
  return said((at.examples ?? []).map((one) => [one, ""]));
};

/** The editor's part for words; `words`: a promise of { schema, lists }. */
export const wordsOfScheme = (words) => {
  let known = null;
  words.then((found) => (known = found)).catch(() => {});
  const source = (context) => {
    if (!known) return null;
    const { doc } = context.state;
    const place = placeAt(doc, context.pos);
    if (!place) return null;
    const isCondition = place.isValue && /^(if|where)$/.test(place.key ?? "");
    const token = isCondition ? context.matchBefore(/[\w.]*/) : { from: context.pos - place.word.length };
    if (!context.explicit && !place.word && !(place.isValue && /[:,[]\s$/.test(context.state.sliceDoc(context.pos - 2, context.pos)))) return null;
    if (isCondition && !context.explicit && token.from === context.pos) return null;
    const options = place.isValue ? valueOptions(known, place, doc) : keyOptions(known, place, doc, doc.lineAt(context.pos));
    return options.length ? { from: token.from, options, validFor: /^[\w.%: -]*$/ } : null;
  };
  return [
    autocompletion({ override: [source], icons: false, maxRenderedOptions: 60 }),
    keymap.of(completionKeymap),
    hoverTooltip((view, pos) => {
      const line = view.state.doc.lineAt(pos);
      const at = pos - line.from;
      const from = at - line.text.slice(0, at).match(/[\w-]*$/)[0].length;
      const word = line.text.slice(from).match(/^[\w-]+(?=:)/)?.[0];
      const place = word && known && placeAt(view.state.doc, line.from + from);
      const found = place && !place.key && schemaAt(known, place.path);
      if (!found?.at) return null;
      const holder = found.at.items ? found.follow(found.at.items) : found.at;
      const part = holder?.properties?.[word];
      const said = part && (part.description ?? found.follow(part, "none")?.description);
      if (!said) return null;
      return {
        pos: line.from + from,
        end: line.from + from + word.length,
        create: () => {
          const dom = document.createElement("div");
          dom.className = "cm-words";
          dom.textContent = said;
          return { dom };
        },
      };
    }),
  ];
};
