// Questions to the service.

/** The service cannot answer now; asking again may help. */
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
        ? `The service has not answered within ${PATIENCE / 1000} seconds.`
        : "The service does not answer. Does it still run?",
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
