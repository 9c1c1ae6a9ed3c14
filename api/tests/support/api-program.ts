import { ApiClient } from './client.ts';
import { eventually, type Program, runProgram } from './processes.ts';
import type { Variables } from './world.ts';

/** The built API in a process of its own, ready for requests. The caller ends it. */
export async function startApi(variables: Variables): Promise<Program & { client: ApiClient }> {
  const running = runProgram('dist/main.js', variables);
  const line = await eventually(
    () =>
      running
        .output()
        .split('\n')
        .find((each) => each.includes('"API started"')),
    () => (running.child.exitCode === null ? undefined : new Error(running.output())),
  );
  const { url } = JSON.parse(line) as { url: string };
  const client = new ApiClient(url);
  await eventually(async () => (await client.get('/readyz')).status === 200);
  return { ...running, client };
}
