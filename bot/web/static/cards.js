// What the buttons on cards do that fetch something: an appointment for the own calendar, a code to come back with.

import * as api from "./api.js";

/** `current()` gives the conversation, `ended()` is called when it turns out to be gone. */
export function cardActions(view, current, ended) {
  async function onCalendar(reference) {
    try {
      const address = URL.createObjectURL(await api.calendar(current(), reference));
      Object.assign(document.createElement("a"), { href: address, download: `${reference}.ics` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch {
      again(view.t.error_calendar, () => onCalendar(reference));
    }
  }

  async function onCode(show) {
    try {
      show(await api.code(current()));
      view.toEnd();
    } catch (problem) {
      if (problem.status === 404) return ended();
      again(view.t.error_code, () => onCode(show));
    }
  }

  function again(text, action) {
    view.trouble(text, () => {
      view.calm();
      action();
    });
  }

  return { onCalendar, onCode };
}
