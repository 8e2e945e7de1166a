// Builds what is shown of a message. Everything from outside becomes text, never HTML.

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const button = (title, look, onclick) =>
  element("button", { type: "button", class: `utrecht-button utrecht-button--${look}`, onclick }, title);

// **bold**, web addresses, and the help lines one may want to call at once
const PARTS = /\*\*(.+?)\*\*|(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])|(?<![\d-])(0800-\d{4}|112|113)(?![\d-]|[.,:]\d)/g;

function inline(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(PARTS)) {
    nodes.push(text.slice(at, match.index));
    const [all, bold, address, phone] = match;
    if (bold) nodes.push(element("strong", {}, ...inline(bold)));
    else if (address) nodes.push(link(address, address, { rel: "noreferrer noopener", target: "_blank" }));
    else nodes.push(link(`tel:${phone.replace("-", "")}`, phone));
    at = match.index + all.length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== "");
}

const link = (href, text, more = {}) =>
  element("a", { class: "utrecht-link utrecht-link--html-a", href, ...more }, text);

export function paragraphs(text) {
  return text.split(/\n+/).filter((line) => line.trim()).map((line) => element("p", {}, ...inline(line)));
}

export function message({ sender, text, lang, card: data }, { name, named, pending = false }) {
  const looks = { safety: " message--safety", source: " message--source" };
  const body = element("div", { class: "message__body" });
  // a resident's own words are shown as they are
  body.append(...(sender === "resident" ? [text] : paragraphs(text)));
  return element(
    "div",
    { class: `message message--${sender}${looks[data?.kind] ?? ""}${pending ? " message--pending" : ""}`, lang },
    element("p", { class: named ? "message__sender" : "visually-hidden" }, name),
    body,
  );
}

/** A summary or a confirmation: a title and rows; `onChange(payload, title)` and `onCalendar(reference)` act on them. */
export function card(card, t, language, { onChange, onCalendar }) {
  const confirmed = card.kind === "confirmation";
  const title = !confirmed ? t.card_summary : card.event ? t.card_signed_up : t.card_booked;
  const rows = confirmed ? confirmationRows(card, t, language) : card.rows ?? [];
  return element(
    "section",
    { class: `card card--${card.kind}`, "aria-label": title },
    element("h2", { class: "card__title" }, title),
    element("dl", { class: "card__rows" }, ...rows.map((row) => cardRow(row, t, onChange))),
    confirmed ? confirmationFoot(card, t, onCalendar) : null,
  );
}

/** The calendar file, and the page on which it can be changed; of a place at an event there is none. */
function confirmationFoot({ reference, start, link: address }, t, onCalendar) {
  const calendar = start ? button(t.card_calendar, "secondary-action", () => onCalendar(reference)) : null;
  const change = address
    ? element(
        "a",
        { class: "utrecht-button utrecht-button--secondary-action", href: address, rel: "noreferrer noopener", target: "_blank" },
        t.card_link,
      )
    : null;
  return calendar || change ? element("div", { class: "card__foot" }, calendar, change) : null;
}

/** The place of a code to come back with. The code is in no message: `onCode(show)` asks for one and shows it here. */
export function codeCard(t, language, onCode) {
  const body = element("div", { class: "card__foot" });
  const node = element(
    "section",
    { class: "card card--code", "aria-label": t.card_code, tabindex: "-1" },
    element("h2", { class: "card__title" }, t.card_code),
    body,
  );
  const show = ({ code, valid_until: until }) => {
    const focused = body.contains(document.activeElement);
    const rows = [
      { label: t.earlier_label, value: code, look: "reference" },
      { label: t.card_code_until, value: moment(until, language) },
    ];
    const list = element("dl", { class: "card__rows" }, ...rows.map((row) => cardRow(row, t)));
    body.replaceChildren(list, element("p", {}, t.card_code_note));
    if (focused) node.focus(); // the button that had the focus is gone
  };
  body.append(button(t.card_code_new, "secondary-action", () => onCode(show)), element("p", {}, t.card_code_old));
  return node;
}

function cardRow({ label, value, change, look = "plain" }, t, onChange) {
  const cells = [element("dt", {}, label), element("dd", {}, value)];
  if (change) {
    const node = button(t.card_change, "subtle", () => onChange(change, `${t.card_change}: ${label}`));
    node.setAttribute("aria-label", `${t.card_change}: ${label}`);
    cells[1] = element("dd", {}, element("span", {}, value), node);
  }
  return element("div", { class: `card__row card__row--${look}` }, ...cells);
}

function confirmationRows({ reference, partner, event, start, mode, location, bring }, t, language) {
  return [
    { label: t.card_when, value: start && moment(start, language) },
    event ? { label: t.card_event, value: event } : { label: t.card_partner, value: partner },
    { label: t.card_how, value: !event && t[`card_mode_${mode}`] },
    { label: t.card_where, value: location },
    { label: mode === "phone" ? t.card_ready : t.card_bring, value: bring },
    { label: t.card_reference, value: reference, look: "reference" },
  ].filter((row) => row.value);
}

function moment(iso, language) {
  const format = { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { ...format, timeZone: "Europe/Amsterdam" }).format(
    new Date(iso),
  );
}
