// Questions to the service.

/** The service cannot answer now; asking again may help. */
export class Trouble extends Error {}

/** The question was refused; another one may be answered. */
export class Refusal extends Error {}

const PATIENCE = 30_000;

/**
 * The answer's JSON, or its text if wanted `as` text. With a method or a body, something may change.
 * Throws a `Trouble` or a `Refusal` with a sentence for people; a refusal has the `status` and what
 * was wrong with which field. Whoever is not known goes to the form that asks for a token.
 */
export async function ask(path, { signal = null, method = "GET", body = undefined, as = "json" } = {}) {
  const patience = AbortSignal.timeout(PATIENCE);
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Trouble(
      patience.aborted
        ? `The service has not answered within ${PATIENCE / 1000} seconds.`
        : "The service does not answer. Does it still run?",
    );
  }
  if (response.ok) return as === "text" ? text : JSON.parse(text);
  if (response.status === 401) location.assign("/login");
  const told = parsed(text);
  const message = told?.detail ?? `${path}: ${response.status}`;
  if (response.status >= 500) throw new Trouble(message);
  throw Object.assign(new Refusal(message), { status: response.status, errors: told?.errors ?? [] });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
