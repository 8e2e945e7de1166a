// The form for contact details, shown when the assistant asks for them.

import { button, element } from "./render.js";

const FIELDS = [
  { name: "name", type: "text", autocomplete: "name", label: "contact_name" },
  { name: "phone", type: "tel", autocomplete: "tel", label: "contact_phone" },
  { name: "email", type: "email", autocomplete: "email", label: "contact_email" },
];

/** Build the form; `onSend(form)` gets the fields that were filled in. `offers` are buttons beside it. */
export function contactForm(t, language, draft, { onSend, onDraft }) {
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
      oninput: () => onDraft(read(inputs)),
    }),
  );
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
        const form = read(inputs);
        const wrong = !form.name ? 0 : !form.phone && !form.email ? 1 : -1;
        inputs.forEach((input, index) => input.setAttribute("aria-invalid", String(index === wrong)));
        if (wrong < 0) return onSend(form);
        error.textContent = wrong === 0 ? t.contact_no_name : t.contact_no_way;
        inputs[wrong].focus();
      },
    },
    element("h2", { id: "contact-title" }, t.contact_title),
    element("p", { class: "contact-form__hint", id: "contact-hint" }, t.contact_hint),
    ...FIELDS.map(({ name, label }, index) =>
      element("div", { class: "contact-form__field" }, element("label", { for: `contact-${name}` }, t[label]), inputs[index]),
    ),
    error,
    send,
  );
}

const read = (inputs) =>
  Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()]).filter(([, value]) => value));
