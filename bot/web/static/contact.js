// The form for contact details, shown when the assistant asks for them.

import { button, element } from "./render.js";

const FIELDS = [
  { name: "name", type: "text", autocomplete: "name", label: "contact_name" },
  { name: "phone", type: "tel", autocomplete: "tel", label: "contact_phone" },
  { name: "email", type: "email", autocomplete: "email", label: "contact_email" },
];

/** Build the form; `onSend(form)` gets the fields that were filled in.
 *  `card.safe`: whether nothing was told that makes messages dangerous; else the box is ticked until somebody unticks it.
 *  `card.call`: whether a number is needed, because a partner calls at a time. */
export function contactForm(t, language, draft, card, { onSend, onDraft }) {
  const safe = card.safe !== false;
  const error = element("p", { class: "contact-form__error", id: "contact-error", role: "alert" });
  const inputs = FIELDS.map(({ name, type, autocomplete }) =>
    element("input", {
      class: "utrecht-textbox utrecht-textbox--html-input",
      id: `contact-${name}`,
      value: draft[name],
      name,
      type,
      autocomplete,
      maxlength: "100",
      "aria-describedby": "contact-hint contact-error",
    }),
  );
  const unsafe = element("input", { type: "checkbox", id: "contact-unsafe", checked: draft.safe === undefined ? !safe : !draft.safe });
  const form = () => ({ ...read(inputs), safe: !unsafe.checked });
  inputs.forEach((input) => (input.oninput = () => onDraft(form())));
  unsafe.onchange = () => onDraft(form());
  const send = button(t.contact_send, "primary-action", null);
  send.type = "submit";
  return element(
    "form",
    {
      class: "contact-form",
      lang: language,
      novalidate: true,
      "aria-labelledby": "contact-title",
      onsubmit: (event) => {
        event.preventDefault();
        const filled = form();
        const wrong = !filled.name ? 0 : !filled.phone && !filled.email ? 1 : -1;
        inputs.forEach((input, index) => input.setAttribute("aria-invalid", String(index === wrong)));
        if (wrong < 0) return onSend(filled);
        error.textContent = wrong === 0 ? t.contact_no_name : t.contact_no_way;
        inputs[wrong].focus();
      },
    },
    element("h2", { id: "contact-title" }, t.contact_title),
    element("p", { class: "contact-form__hint", id: "contact-hint" }, card.call ? t.contact_hint_call : t.contact_hint),
    ...FIELDS.map(({ name, label }, index) =>
      element("div", { class: "contact-form__field" }, element("label", { for: `contact-${name}` }, t[label]), inputs[index]),
    ),
    element("div", { class: "contact-form__check" }, unsafe, element("label", { for: "contact-unsafe" }, t.contact_unsafe)),
    error,
    send,
  );
}

const read = (inputs) =>
  Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()]).filter(([, value]) => value));
