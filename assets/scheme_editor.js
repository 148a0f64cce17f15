// The editor of a scheme's text, in the place of the plain field. scheme.js fetches it when somebody turns to the text.
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { EditorSelection, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { colours, linesOf, nextProblem, problemMarks, showProblems, stepAt, stepLines } from "./scheme_marks.js";
import { wordsOfScheme } from "./scheme_words.js";
import { adoptStyles } from "./scheme_style.js";

const CHECK_AFTER = 350; // ms after the last key
const SAVE_AFTER = 900;
const LONGEST_KEPT_ALIVE = 30_000; // a browser sends no more once the page is left

/** A deed that waits for a pause; `.now()` does it at once if it is waiting. */
const later = (wait, deed) => {
  let timer = 0;
  const run = () => {
    clearTimeout(timer);
    timer = 0;
    return deed();
  };
  const call = () => {
    clearTimeout(timer);
    timer = setTimeout(run, wait);
  };
  call.now = () => timer && run();
  return call;
};

/** Puts the editor in the form. `page`: what shows on it what was found, what is kept, and the step that is being written
    (a bundle of its own can't import them: it would have a second map). */
export const start = (form, { showFound, showSaved, choose }) => {
  const showStep = (state) => choose(stepAt(state.doc, state.doc.lineAt(state.selection.main.head).number));
  const field = form.querySelector("textarea[name=text]");
  const saved = document.getElementById("saved");
  const post = (url, more) => {
    const body = new FormData(form);
    body.set("text", view.state.doc.toString());
    return fetch(url, { method: "POST", body, ...more });
  };

  const show = (found) => {
    showFound(found);
    showProblems(view, found.problems);
    // the list below may have grown over the line that is being written
    if (view.hasFocus) view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main.head) });
    if (view.hasFocus) showStep(view.state);
  };
  let asked = 0;
  const check = async () => {
    const mine = ++asked;
    try {
      const answer = await post(form.dataset.check);
      const found = answer.ok ? await answer.json() : null;
      if (found && mine === asked) show(found);
    } catch {
      // the next pause asks again
    }
  };
  const save = async () => {
    try {
      const answer = await post(form.dataset.draft, { keepalive: view.state.doc.length < LONGEST_KEPT_ALIVE });
      showSaved((await answer.json()).saved);
    } catch {
      saved.textContent = form.dataset.lost;
    }
  };
  const checkSoon = later(CHECK_AFTER, check);
  const saveSoon = later(SAVE_AFTER, save);
  const select = (view, from, to = from) => {
    view.dispatch({ selection: EditorSelection.single(from, to), effects: EditorView.scrollIntoView(from, { y: "center" }) });
    view.focus();
  };
  const toNextProblem = (view) => {
    const found = nextProblem(view.state, view.state.selection.main.from);
    if (found) select(view, found.from, found.to);
    return true;
  };

  adoptStyles();
  const view = new EditorView({
    state: EditorState.create({
      doc: field.value,
      extensions: [
        problemMarks(form.dataset.mend),
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        colours,
        stepLines,
        wordsOfScheme(fetch(form.dataset.words).then((answer) => answer.json())),
        EditorState.tabSize.of(2),
        // Tab leaves the editor, as everywhere; what is indented is so by these
        keymap.of([
          { key: "F8", run: toNextProblem },
          { key: "Mod-]", run: indentMore },
          { key: "Mod-[", run: indentLess },
          ...defaultKeymap,
          ...historyKeymap,
        ]),
        EditorView.contentAttributes.of({ "aria-label": form.dataset.label, spellcheck: "false", autocapitalize: "off", tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.selectionSet && update.view.hasFocus) showStep(update.state);
          if (!update.docChanged) return;
          field.value = update.state.doc.toString();
          checkSoon();
          saveSoon();
        }),
      ],
    }),
    parent: document.getElementById("edit"),
  });
  field.hidden = true;
  form.querySelector(".r-read")?.remove();

  const goTo = (number, from = 0, to = from) => {
    const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
    select(view, Math.min(line.from + from, line.to), Math.min(line.from + to, line.to));
  };
  // whoever leaves while the pause still runs has typed all the same
  window.addEventListener("pagehide", () => saveSoon.now());
  document.addEventListener("visibilitychange", () => saveSoon.now());

  check();
  return {
    goTo,
    /** The cursor where it was, or at a place of the window. */
    focus(at) {
      const place = at && view.posAtCoords(at);
      if (place) select(view, place);
      else view.focus();
    },
    toStep(name) {
      const lines = linesOf(view.state.doc, name);
      if (lines) goTo(lines[0], 2);
    },
    /** All that is typed, kept on the server. */
    settle: async () => saveSoon.now(),
    /** A text that was changed elsewhere, as one step of the editor's own undo. */
    take(found) {
      const [was, now] = [view.state.doc.toString(), found.text];
      let from = 0;
      while (from < was.length && was[from] === now[from]) from++;
      let end = 0;
      while (end < Math.min(was.length, now.length) - from && was.at(-1 - end) === now.at(-1 - end)) end++;
      view.dispatch({ changes: { from, to: was.length - end, insert: now.slice(from, now.length - end) } });
      show(found);
      showSaved(found.saved);
    },
    toProblem({ line, from, to, mend }) {
      goTo(Number(line), Number(from || 0), Number(to || from || 0));
      if (mend) view.dispatch(view.state.replaceSelection(mend));
    },
  };
};
