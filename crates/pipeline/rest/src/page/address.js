// What the address of the page says.

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
