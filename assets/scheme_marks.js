// What stands over the text: colours of its words, the lines of the step that is being written, and what is wrong.
// A rough sense of YAML is enough for colours; the server's page colours the same way (web/schemes/highlight.py).
import { RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, gutter, GutterMarker, hoverTooltip, ViewPlugin } from "@codemirror/view";

const PIECES =
  /(?<c>(?:^|(?<=\s))#.*$)|(?<k>(?<![\w"'])[A-Za-z_][\w-]*(?=:(?:\s|$)))|(?<s>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(?<n>(?<![\w.-])\d[\d.,]*(?:[smhdw%])?(?![\w-]))/g;
const COLOURS = Object.fromEntries(["c", "k", "s", "n"].map((name) => [name, Decoration.mark({ class: `y-${name}` })]));

const decorate = (find, when) =>
  ViewPlugin.fromClass(
    class {
      constructor(view) {
        this.decorations = find(view);
      }
      update(update) {
        if (update.docChanged || when(update)) this.decorations = find(update.view);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );

export const colours = decorate(
  (view) => {
    const found = new RangeSetBuilder();
    for (const { from, to } of view.visibleRanges)
      for (let at = from; at <= to; ) {
        const line = view.state.doc.lineAt(at);
        for (const match of line.text.matchAll(PIECES)) {
          const [name] = Object.entries(match.groups).find(([, text]) => text !== undefined);
          found.add(line.from + match.index, line.from + match.index + match[0].length, COLOURS[name]);
        }
        at = line.to + 1;
      }
    return found.finish();
  },
  (update) => update.viewportChanged,
);

/** The step that a line belongs to: the nearest key two spaces in; null in the head of the file. */
export const stepAt = (doc, lineNumber) => {
  for (let n = lineNumber; n > 0; n--) {
    const line = doc.line(n).text;
    const step = line.match(/^ {2}([a-z][\w-]*):/);
    if (step) return step[1];
    if (/^[^\s#]/.test(line)) return null;
  }
  return null;
};

/** First and last line of a step; null when there is none of that name. */
export const linesOf = (doc, name) => {
  for (let n = 1; n <= doc.lines; n++) {
    if (!doc.line(n).text.startsWith(`  ${name}:`)) continue;
    let last = n;
    while (last < doc.lines && /^( {3,}|\s*$)/.test(doc.line(last + 1).text)) last++;
    while (!doc.line(last).text.trim()) last--;
    return [n, last];
  }
  return null;
};

const current = Decoration.line({ class: "cm-step" });

export const stepLines = decorate(
  (view) => {
    const { doc, selection } = view.state;
    const found = new RangeSetBuilder();
    const name = view.hasFocus && stepAt(doc, doc.lineAt(selection.main.head).number);
    const lines = name ? linesOf(doc, name) : null;
    if (lines) for (let n = lines[0]; n <= lines[1]; n++) found.add(doc.line(n).from, doc.line(n).from, current);
    return found.finish();
  },
  (update) => update.selectionSet || update.focusChanged,
);

// problems: as the server names them, {line, from, to, is_error, said, meant, can_mend}

const setProblems = StateEffect.define();

const problems = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    let now = marks.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setProblems)) now = Decoration.set(effect.value, true);
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Shows these problems and no others. */
export const showProblems = (view, found) => {
  const { doc } = view.state;
  const marks = found
    .filter((problem) => problem.line <= doc.lines)
    .map((problem) => {
      const line = doc.line(problem.line);
      const from = Math.min(line.from + problem.from, line.to);
      const to = Math.min(Math.max(line.from + problem.to, from + 1), line.to);
      const name = problem.is_error ? "cm-bad" : "cm-warn";
      return from < to ? Decoration.mark({ class: name, problem }).range(from, to) : Decoration.line({ class: `${name}-line`, problem }).range(line.from);
    });
  view.dispatch({ effects: setProblems.of(marks) });
};

const problemsBetween = (state, from, to) => {
  const found = [];
  state.field(problems).between(from, to, (a, b, mark) => found.push({ from: a, to: b, problem: mark.spec.problem }) && undefined);
  return found;
};

/** Where the first problem after a place is, from the beginning again after the last; null when there is none. */
export const nextProblem = (state, after) => {
  const all = problemsBetween(state, 0, state.doc.length);
  return all.find((p) => p.from > after) || all[0] || null;
};

class Dot extends GutterMarker {
  constructor(isError) {
    super();
    this.isError = isError;
  }
  eq(other) {
    return other.isError === this.isError;
  }
  toDOM() {
    const dot = document.createElement("span");
    dot.className = this.isError ? "cm-dot bad" : "cm-dot";
    return dot;
  }
}
const dots = [new Dot(false), new Dot(true)];

const words = (view, { from, to, problem }, mend) => {
  const box = document.createElement("div");
  box.className = "cm-words";
  box.innerHTML = problem.said; // escaped where it was written
  if (problem.can_mend) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm";
    button.textContent = `${mend}: ${problem.meant}`;
    button.addEventListener("click", () => view.dispatch({ changes: { from, to, insert: problem.meant } }));
    box.append(button);
  }
  return box;
};

/** The editor's part for problems; `mend` is the button's word. */
export const problemMarks = (mend) => [
  problems,
  gutter({
    class: "cm-dots",
    lineMarker: (view, line) => {
      const here = problemsBetween(view.state, line.from, line.to);
      return here.length ? dots[Number(here.some((p) => p.problem.is_error))] : null;
    },
    lineMarkerChange: (update) => update.docChanged || update.transactions.some((t) => t.effects.some((e) => e.is(setProblems))),
  }),
  hoverTooltip((view, at) => {
    const [found] = problemsBetween(view.state, at, at);
    return found ? { pos: found.from, end: found.to, create: () => ({ dom: words(view, found, mend) }) } : null;
  }),
];
