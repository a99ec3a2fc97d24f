// Questions to the monitor.

/** The monitor or the cluster cannot answer now; asking again may help. */
export class Trouble extends Error {}

/** The question was refused; another one may be answered. */
export class Refusal extends Error {}

const PATIENCE = 30_000;

/** The answer's JSON. Throws a `Trouble` or a `Refusal` with a sentence for people. */
export async function ask(path, signal = null) {
  const patience = AbortSignal.timeout(PATIENCE);
  let response;
  let body;
  try {
    response = await fetch(path, { signal: signal ? AbortSignal.any([signal, patience]) : patience });
    body = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Trouble(
      patience.aborted
        ? `The monitor has not answered within ${PATIENCE / 1000} seconds.`
        : "The monitor itself does not answer. Does it still run?",
    );
  }
  if (response.ok) return JSON.parse(body);
  throw new (response.status < 500 ? Refusal : Trouble)(detail(body) ?? `${path}: ${response.status}`);
}

function detail(body) {
  try {
    return JSON.parse(body).detail;
  } catch {
    return null;
  }
}

/** What the address says is to be shown: topic, key, partition, limit; null where it says nothing. */
export function chosen() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const get = (name) => hash.get(name) || null;
  return { topic: get("topic"), key: get("key"), partition: get("partition"), limit: get("limit") };
}

/** The address that says so. */
export function address(choice) {
  const said = Object.entries(choice).filter(([, value]) => value);
  return `#${new URLSearchParams(said)}`;
}
