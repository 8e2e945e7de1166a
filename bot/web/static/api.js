// The chat API: requests, problem documents, and the stream of messages.

export class Problem extends Error {
  /** kind: the problem's slug, "network" when nothing came back; retryAfter in seconds or null. */
  constructor(kind, status = 0, retryAfter = null) {
    super(kind);
    Object.assign(this, { kind, status, retryAfter });
  }
}

async function request(path, { method = "GET", token, body, signal, headers = {} } = {}) {
  let response;
  try {
    response = await fetch(`/api/conversations${path}`, {
      method,
      signal,
      credentials: "omit",
      headers: {
        ...headers,
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body && { "Content-Type": "application/json" }),
      },
      body: body && JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("network");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  const kind = String(problem.type ?? "unknown").split(":").pop();
  throw new Problem(kind, response.status, Number(response.headers.get("Retry-After")) || null);
}

export const open = async (language) =>
  (await request("", { method: "POST", body: { language, region: null } })).json();

export const resume = async (code) => (await request("/resume", { method: "POST", body: { code } })).json();

export const code = async ({ id, token }) => (await request(`/${id}/code`, { method: "POST", token })).json();

export const send = async ({ id, token }, turn) =>
  (await request(`/${id}/messages`, { method: "POST", token, body: turn })).json();

export const erase = ({ id, token }) => request(`/${id}`, { method: "DELETE", token });

export const calendar = async ({ id, token }, reference) =>
  (await request(`/${id}/referrals/${encodeURIComponent(reference)}/calendar.ics`, { token })).blob();

/** Read the stream once, from message `after` on. Ends when the connection ends. */
export async function events({ id, token }, after, { signal, onOpen, onMessage, onErased }) {
  const headers = { Accept: "text/event-stream", ...(after && { "Last-Event-ID": String(after) }) };
  const response = await request(`/${id}/events`, { token, signal, headers });
  onOpen();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      if (event.event === "erased") return onErased();
      if (event.data) onMessage(JSON.parse(event.data));
    }
  }
}

function parse(block) {
  const event = {};
  for (const line of block.split("\n")) {
    const [, field, value] = line.match(/^(\w+): ?(.*)$/) ?? [];
    if (field) event[field] = field === "data" && event.data ? `${event.data}\n${value}` : value;
  }
  return event;
}
