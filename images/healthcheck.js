// node healthcheck.js VARIABLE DEFAULT PATH: requests PATH on this container's own port, taken from VARIABLE.
const [variable, fallback, path] = process.argv.slice(2);
const url = `http://127.0.0.1:${process.env[variable] || fallback}${path}`;

try {
  const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  if (!ok) throw new Error(`answered ${status}`);
} catch (error) {
  console.error(`${url}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
