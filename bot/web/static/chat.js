// The conversation: opening it, sending turns so that none is lost or doubled, and listening to the stream.

import * as api from "./api.js";
import { cardActions } from "./cards.js";
import { contactForm } from "./contact.js";
import { earlier } from "./earlier.js";
import { button } from "./render.js";
import * as session from "./session.js";
import { view } from "./view.js";

const $ = (id) => document.getElementById(id);
const RECONNECT_SECONDS = [1, 2, 4, 8, 15];

let conversation = null;
let listening = null;
let streamed = 0;
let busy = false;
let current = null; // what is being sent, or could not be sent yet
let contactDraft = {};
const offerEarlier = earlier(view, cameBack);
const fetching = cardActions(view, () => conversation, ended);

// --- opening -------------------------------------------------------------------------------------------------------

async function start() {
  const kept = session.load();
  view.input.value = kept.draft ?? "";
  view.count();
  if (kept.id) {
    conversation = { id: kept.id, token: kept.token };
    listen();
    // the resident came back through the page in the other language
    if (kept.language && kept.language !== view.language) await changeLanguage(view.language);
    else if (kept.unsent) await deliver(kept.unsent); // harmless when it had arrived: its client_id is the same
    return;
  }
  view.say(view.t.opening, true);
  try {
    const { id, token, messages } = await api.open(view.language);
    conversation = { id, token };
    session.save({ id, token, language: view.language });
    view.say("");
    show(messages);
    listen();
  } catch (problem) {
    view.say("");
    view.trouble(problem.kind === "too-many-requests" ? view.t.error_busy : view.t.error_open, () => {
      view.calm();
      start();
    });
  }
}

/** Go on with the conversation that a code opened; the one begun here goes, for nothing was said in it. */
function cameBack({ id, token, messages }) {
  const begun = conversation;
  stop();
  view.empty();
  view.calm();
  conversation = { id, token };
  session.save({ id, token, language: view.language });
  show(messages);
  view.toEnd(); // the welcome back and the open question, not the beginning
  listen();
  view.input.focus({ preventScroll: true });
  if (begun) api.erase(begun).catch(() => {}); // else it is purged in time
}

// --- showing -------------------------------------------------------------------------------------------------------

function show(messages) {
  const fresh = messages.filter((item) => view.add(item, { onChange, ...fetching }));
  offerEarlier(view.untouched);
  if (!fresh.length) return;
  if (current && fresh.some((item) => item.sender === "resident" && item.seq === view.last.seq)) current.arrived = true;
  follow(fresh.at(-1));
  offerNow();
  const spoken = fresh.find((item) => item.sender !== "resident");
  if (spoken) view.toEnd(view.seen.get(spoken.seq));
}

function offerNow() {
  const item = view.last;
  if (busy || !item || item.sender === "resident") return view.offer();
  // before the question something may be said with a button of its own, such as an interpreter
  const said = item.ask ? view.answer : [item];
  const offered = new Map(said.flatMap(({ buttons, lang }) => buttons.map((each) => [each.payload, { ...each, lang }])));
  const buttons = [...offered.values()].map(({ title, payload, lang }) => {
    const node = button(title, "secondary-action", () => turn({ payload }, title));
    node.lang = lang;
    return node;
  });
  if (item.ask !== "contact" || !item.card) return view.offer(...buttons);
  const form = contactForm(view.t, view.language, contactDraft, item.card, {
    onDraft: (draft) => (contactDraft = draft),
    onSend: (details) => turn({ form: details }, view.t.contact_title),
  });
  view.offer(form, ...buttons);
}

/** The assistant changed its language: the page goes along. */
function follow({ sender, lang }) {
  if (sender !== "assistant" || lang === view.language) return;
  view.speak(lang);
  session.save({ language: view.language });
}

const onChange = (payload, title) => turn({ payload }, title);

// --- sending -------------------------------------------------------------------------------------------------------

const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Send one turn. `content` is {text}, {payload} or {form}; `shown` what the resident sees of it. */
async function turn(content, shown) {
  if (busy || !conversation) return;
  if (current) {
    await deliver(current); // what could not be sent before goes first
    if (current) return restore(content.text);
  }
  const focused = view.offers.contains(document.activeElement);
  const sending = { content: { ...content, client_id: newId() }, shown };
  view.addPending(shown);
  offerEarlier(false);
  await deliver(sending, focused);
}

async function deliver(sending, focused = false) {
  busy = true;
  current = sending;
  view.calm();
  view.offer();
  if (focused) view.offers.focus({ preventScroll: true }); // the button that had the focus is gone
  view.say(view.t.typing, true);
  if (!sending.content.form) session.save({ unsent: sending }); // contact details are kept nowhere
  try {
    const { messages } = await api.send(conversation, sending.content);
    session.save({ unsent: null });
    current = null;
    // asked again: something in the form was not right, so what was filled in stays
    if (sending.content.form && messages.at(-1)?.ask !== "contact") contactDraft = {};
    busy = false;
    view.say("");
    view.placePending(messages[0]);
    show(messages);
    offerNow();
    if (messages.length) view.toEnd(view.seen.get(messages[0].seq));
    // only now: seen again after a reload, it must not replace the code that was written down
    messages.filter(({ card }) => card?.kind === "resume_code").forEach((item) => view.fillIn(item));
  } catch (problem) {
    busy = false;
    view.say("");
    failed(problem, sending);
  }
}

function failed(problem, sending) {
  if (problem.status === 404) return ended();
  const { t } = view;
  if (problem.status === 422) {
    // it will never be accepted: give the words back
    current = null;
    session.save({ unsent: null });
    view.pending()?.remove();
    if (sending.content.text) restore(sending.content.text);
    offerNow();
    return view.trouble(t.error_refused);
  }
  if (!view.pending() && !sending.arrived && view.lastResident !== sending.shown) view.addPending(sending.shown);
  const text = { "too-many-requests": t.error_busy, "assistant-unavailable": t.error_down }[problem.kind] ?? t.error_send;
  view.trouble(text, () => deliver(sending, true));
}

function restore(text) {
  if (!text || view.input.value) return;
  view.input.value = text;
  view.count();
}

async function changeLanguage(language) {
  view.speak(language);
  session.save({ language });
  const payload = `/change_language${JSON.stringify({ language }).replace(":", ": ")}`;
  await turn({ payload }, language === "nl" ? "Nederlands" : "English");
}

// --- listening -----------------------------------------------------------------------------------------------------

async function listen() {
  listening?.abort();
  const { signal } = (listening = new AbortController());
  let failures = 0;
  let lost = false;
  while (!signal.aborted) {
    try {
      await api.events(conversation, streamed, {
        signal,
        onOpen: () => {
          if (lost) view.say(busy ? view.t.typing : view.t.online, busy);
          [failures, lost] = [0, false];
        },
        onMessage: (item) => {
          streamed = Math.max(streamed, item.seq);
          show([item]);
        },
        onErased: ended,
      });
    } catch (problem) {
      if (signal.aborted) return;
      if (problem.status === 404) return ended();
    }
    if (signal.aborted) return;
    failures += 1;
    if (failures > 1 && !lost) {
      lost = true;
      view.say(view.t.offline);
    }
    const seconds = RECONNECT_SECONDS[Math.min(failures, RECONNECT_SECONDS.length) - 1];
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

// --- ending --------------------------------------------------------------------------------------------------------

function stop() {
  offerEarlier(false);
  listening?.abort();
  session.clear();
  conversation = null;
  streamed = 0;
  busy = false;
  current = null;
  contactDraft = {};
}

function renew() {
  stop();
  view.empty();
  view.input.focus();
  start();
}

function ended() {
  stop();
  view.end(view.t.new_conversation, view.t.ended_text, renew);
}

async function erase() {
  $("erase-dialog").close();
  if (!conversation) return;
  try {
    listening?.abort();
    await api.erase(conversation);
  } catch (problem) {
    if (problem.status !== 404) {
      listen();
      return view.trouble(view.t.error_send, erase);
    }
  }
  stop();
  view.end(view.t.erased_title, view.t.erased_text, renew);
}

// --- what the resident does ----------------------------------------------------------------------------------------

function sendText() {
  const text = view.input.value;
  if (!text.trim()) {
    view.inputError(view.t.empty);
    return view.input.focus();
  }
  if (!view.count() || busy || !conversation) return;
  view.input.value = "";
  session.save({ draft: "" });
  view.count();
  turn({ text }, text.trim());
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  sendText();
});
view.input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  sendText();
});
view.input.addEventListener("input", () => {
  view.count();
  session.save({ draft: view.input.value });
});
$("person").addEventListener("click", () => turn({ payload: "/person" }, view.t.person));
$("language").addEventListener("click", (event) => {
  if (!conversation || busy) return;
  event.preventDefault();
  changeLanguage(view.otherLanguage());
});
$("exit").addEventListener("click", (event) => {
  event.preventDefault();
  const { href } = event.currentTarget;
  stop();
  document.body.replaceChildren(); // nothing stays readable while the other page loads
  location.replace(href);
});
$("erase").addEventListener("click", () => $("erase-dialog").showModal());
$("erase-yes").addEventListener("click", erase);
$("erase-no").addEventListener("click", () => $("erase-dialog").close());

start();
