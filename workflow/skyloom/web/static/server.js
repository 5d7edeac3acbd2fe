// Questions to the server, in the name of the reviewer whom the address names.

const as = new URLSearchParams(location.search).get("as");

export function address(path, parameters = {}) {
  const query = new URLSearchParams(as ? { ...parameters, as } : parameters);
  return `${path}?${query}`;
}

export async function json(path, parameters, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const reply = await fetch(address(path, parameters), options);
  const said = await reply.json();
  if (!reply.ok) throw Object.assign(new Error(said.error ?? reply.statusText), { refused: true });
  return said;
}
