// Server-sent events read with fetch: unlike EventSource it can carry the secret in a header, so
// the secret never stands in an address that a proxy might log.

const SILENCE = 60000;

/** Read a stream to its end; resolves to the answer's status. Rejects when the line breaks. */
export async function listen(url, token, stop, on) {
  const headers = { Authorization: `Bearer ${token}`, Accept: "text/event-stream" };
  const init = { headers, signal: stop.signal, credentials: "omit", cache: "no-store" };
  const answer = await fetch(url, init);
  if (!answer.ok || !answer.body) return answer.status;
  on.open();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await withinSilence(reader.read(), stop);
    if (done) return 200;
    const blocks = (rest + value.replaceAll("\r", "")).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) deliver(block, on.event);
  }
}

// A line that died without a word looks like an idle one, but an idle one has heartbeats.
function withinSilence(reading, stop) {
  const timer = setTimeout(() => stop.abort(), SILENCE);
  return reading.finally(() => clearTimeout(timer));
}

function deliver(block, event) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  if (data.length) event(name, JSON.parse(data.join("\n")));
}
