export const USER = { id: 'u', email: 'ana@example.com', tenantId: 't', tenantName: 'Acme' };

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

export function tokens(accessToken: string, expiresInSeconds = 600): Response {
  return json({ accessToken, expiresInSeconds, user: USER });
}

export function problem(status: number, extension: object = {}): Response {
  const body = { type: 'about:blank', title: 'title', status, detail: 'detail', instance: 'request-1' };
  return new Response(JSON.stringify({ ...body, ...extension }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });
}

export interface Call {
  path: string;
  method: string;
  headers: Headers;
  body: unknown;
}

export interface FakeService {
  fetch: typeof fetch;
  calls: Call[];
  to: (path: string) => Call[];
}

/** A service that responds by the handler and records the calls. */
export function service(handler: (call: Call) => Response | Promise<Response>): FakeService {
  const calls: Call[] = [];
  return {
    calls,
    to: (path) => calls.filter((call) => call.path === path),
    fetch: async (input, init = {}) => {
      const call = {
        path: typeof input === 'string' ? input : '',
        method: init.method ?? 'GET',
        headers: new Headers(init.headers),
        body: init.body,
      };
      calls.push(call);
      return handler(call);
    },
  };
}
