// The page as it is seen: texts in two languages, the log, the offers below it, the trouble line.

import { button, card, codeCard, element, message } from "./render.js";

const $ = (id) => document.getElementById(id);
const AMPLE = 500; // characters left above which a phone does not spend a line on the counter
const data = JSON.parse($("page-data").textContent);

export const view = {
  language: document.documentElement.lang,
  log: $("log"),
  offers: $("offers"),
  input: $("message"),
  seen: new Map(),
  last: null,
  answer: [], // the messages that were said together, up to the last
  lastResident: null,

  get t() {
    return data.texts[this.language];
  },

  /** Say the page in another language, in place: nothing typed and no message is lost. */
  speak(language) {
    if (!data.texts[language] || language === this.language) return;
    this.language = language;
    const { t } = this;
    document.documentElement.lang = language;
    document.title = `${t.title} · ${data.brand}`;
    for (const node of document.querySelectorAll("[data-t]")) node.textContent = t[node.dataset.t];
    this.input.placeholder = t.input_label;
    for (const node of document.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t[node.dataset.tLabel]);
    const other = data.pages.find((page) => page.language !== language);
    Object.assign($("language"), { textContent: t.other_language, href: other.path, hreflang: other.language, lang: other.language });
    const here = data.pages.find((page) => page.language === language);
    $("privacy").href = here.privacy;
    $("exit").href = t.exit_url;
    history.replaceState(null, "", here.path);
    this.count();
  },

  otherLanguage: () => data.pages.find((page) => page.language !== view.language).language,

  /** Show a message once, in its place. Returns whether it was new. */
  add(item, actions) {
    if (this.seen.has(item.seq)) return false;
    const newest = !this.last || item.seq > this.last.seq;
    const pending = item.sender === "resident" && item.seq > this.pending()?.dataset.after ? this.pending() : null;
    const later = pending ?? [...this.log.children].find((node) => Number(node.dataset.seq) > item.seq) ?? null;
    const before = later ? later.previousElementSibling : this.log.lastElementChild;
    const named = before?.dataset.sender !== item.sender;
    const node = message(item, { name: this.t[`sender_${item.sender}`], named });
    if (item.card && ["summary", "confirmation"].includes(item.card.kind)) {
      node.append(card(item.card, this.t, this.language, actions));
    }
    if (item.card?.kind === "resume_code") node.append(codeCard(this.t, this.language, actions.onCode));
    Object.assign(node.dataset, { sender: item.sender, seq: item.seq });
    this.log.insertBefore(node, later);
    pending?.remove();
    this.seen.set(item.seq, node);
    if (newest) {
      const goesOn = item.sender === "assistant" && this.last?.sender === "assistant" && !this.last.ask;
      this.answer = goesOn ? [...this.answer, item] : [item];
      this.last = item;
    }
    if (item.sender === "resident") this.lastResident = item.text;
    return true;
  },

  /** Fetch the code of a message that has a place for one, as its button does. */
  fillIn({ seq }) {
    this.seen.get(seq)?.querySelector(".card--code button")?.click();
  },

  /** Whether the resident has said nothing yet. */
  get untouched() {
    return this.lastResident === null && !this.pending();
  },

  /** Show what the resident sends before it has arrived. */
  addPending(text) {
    const named = this.log.lastElementChild?.dataset.sender !== "resident";
    const node = message({ sender: "resident", text, lang: this.language }, { name: this.t.sender_resident, named, pending: true });
    Object.assign(node.dataset, { sender: "resident", seq: Infinity, after: this.last?.seq ?? 0 });
    this.log.append(node);
    this.toEnd();
  },

  /** What was sent has been answered: the answer goes below it, also when it itself is not back from the stream yet. */
  placePending(answer) {
    const pending = this.pending();
    if (!pending || !answer) return;
    if (this.seen.has(answer.seq - 1)) pending.remove(); // it is back already
    else pending.dataset.seq = answer.seq - 0.5;
  },

  pending: () => view.log.querySelector(".message--pending"),

  /** Show what can be done now: buttons, or the form for contact details. */
  offer(...nodes) {
    this.offers.replaceChildren(...nodes);
  },

  say(text, busy = false) {
    const status = $("status");
    status.textContent = text;
    status.classList.toggle("chat__status--busy", busy);
  },

  /** Tell what went wrong, with a way on. */
  trouble(text, onRetry = null) {
    $("trouble").replaceChildren(
      element(
        "div",
        { class: "trouble utrecht-alert utrecht-alert--warning" },
        element("p", {}, text),
        onRetry && button(this.t.retry, "primary-action", onRetry),
      ),
    );
    this.toEnd();
  },

  calm: () => $("trouble").replaceChildren(),

  /** Scroll to the end, but not past the top of `first`: what is new is read from its beginning. */
  toEnd(first = null) {
    const scroll = $("scroll");
    if (getComputedStyle(scroll).overflowY === "visible") {
      (first ?? $("trouble")).scrollIntoView({ block: "nearest" });
      return;
    }
    const top = first ? first.getBoundingClientRect().top - scroll.getBoundingClientRect().top + scroll.scrollTop - 8 : Infinity;
    scroll.scrollTop = Math.min(scroll.scrollHeight, top);
  },

  /** Fit the text box to its text and count what is left; false when it is too long. Counts characters, not bytes. */
  count() {
    const { input, t } = this;
    input.style.blockSize = "auto";
    input.style.blockSize = `${input.scrollHeight + input.offsetHeight - input.clientHeight}px`;
    const left = data.max - [...input.value].length;
    const counter = $("counter");
    counter.textContent = left < 0 ? "" : t.counter.replace("{left}", left);
    counter.classList.toggle("composer__counter--ample", left > AMPLE);
    this.inputError(left < 0 ? t.too_long.replace("{over}", -left) : null);
    return left >= 0;
  },

  inputError(text) {
    const line = $("input-error");
    line.hidden = !text;
    line.textContent = text ?? "";
    if (text) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  },

  /** Replace the conversation by one last word and a way to start anew. */
  end(title, text, onNew) {
    this.seen.clear();
    this.last = this.lastResident = null;
    this.answer = [];
    this.calm();
    this.say("");
    this.offer();
    const again = button(this.t.new_conversation, "primary-action", onNew);
    const panel = element("div", { class: "ended", tabindex: "-1" }, element("h2", {}, title), element("p", {}, text), again);
    this.log.replaceChildren(panel);
    this.input.value = "";
    this.count();
    again.focus();
  },

  empty() {
    this.seen.clear();
    this.last = this.lastResident = null;
    this.answer = [];
    this.log.replaceChildren();
    this.offer();
  },
};
