// What this tab remembers: id, token and language of the conversation, and what was not sent yet.
// sessionStorage ends with the tab; it is not a cookie and never leaves this computer by itself.

const KEY = "doorwijzer";

export function load() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function save(changes) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...load(), ...changes }));
  } catch {
    // storage is off or full: the chat works, only a reload starts anew
  }
}

export function clear() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // see save
  }
}
