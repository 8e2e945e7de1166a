// Going on with an earlier conversation by its code: offered until something was said in this one.

import * as api from "./api.js";

const $ = (id) => document.getElementById(id);

/** `onOpened(started)` gets the conversation that the code opened. Returns what shows or hides the offer. */
export function earlier(view, onOpened) {
  const [part, door, form, input, error] = ["", "-open", "-form", "-code", "-error"].map((name) => $(`earlier${name}`));
  let busy = false;

  function unfold(open) {
    form.hidden = !open;
    door.setAttribute("aria-expanded", String(open));
    wrong("");
    (open ? input : door).focus({ preventScroll: true });
    if (open) form.scrollIntoView({ block: "nearest" }); // the button that sends it too, not only the field
  }

  function wrong(text) {
    error.textContent = text;
    if (!text) return input.removeAttribute("aria-invalid");
    input.setAttribute("aria-invalid", "true");
    input.focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  }

  async function send() {
    wrong("");
    if (!input.value.trim()) {
      return wrong(view.t.earlier_empty);
    }
    busy = true;
    view.say(view.t.earlier_opening, true);
    try {
      const started = await api.resume(input.value);
      input.value = "";
      form.hidden = true;
      door.setAttribute("aria-expanded", "false");
      view.say("");
      onOpened(started);
    } catch (problem) {
      view.say("");
      const { t } = view;
      wrong({ "code-not-found": t.earlier_wrong, "too-many-requests": t.earlier_busy }[problem.kind] ?? t.earlier_down);
    } finally {
      busy = false;
    }
  }

  door.addEventListener("click", () => unfold(form.hidden));
  $("earlier-cancel").addEventListener("click", () => unfold(false));
  form.addEventListener("keydown", (event) => event.key === "Escape" && unfold(false));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!busy) send();
  });
  return (offered) => (part.hidden = !offered);
}
