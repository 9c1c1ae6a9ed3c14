import type { Database } from '../../src/stores/database.ts';
import type { Socket } from 'node:net';

export interface Statement {
  connection: number;
  /** Of a prepared statement; undefined for the simple query protocol. */
  name: string | undefined;
  text: string;
}

/** Reads what clients send to PostgreSQL: https://www.postgresql.org/docs/current/protocol-message-formats.html. */
export class StatementRecorder {
  readonly statements: Statement[] = [];
  #connections = 0;

  readonly record = (client: Socket): void => {
    const connection = this.#connections++;
    let bytes = Buffer.alloc(0);
    let started = false;
    client.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (;;) {
        // The startup message has no type, the others have one of a byte.
        const start = started ? 1 : 0;
        if (bytes.length < start + 4) return;
        const end = start + bytes.readInt32BE(start);
        if (bytes.length < end) return;
        if (started) this.#take(connection, String.fromCharCode(bytes[0] ?? 0), bytes.subarray(5, end));
        started = true;
        bytes = bytes.subarray(end);
      }
    });
  };

  #take(connection: number, type: string, body: Buffer): void {
    const [first = '', second = ''] = body.toString().split('\0');
    if (type === 'Q') this.statements.push({ connection, name: undefined, text: first });
    if (type === 'P') this.statements.push({ connection, name: first, text: second });
  }
}

/** After so many executions PostgreSQL compares the cost of one plan for all with that of planning each. */
export const EXECUTIONS_PLANNED_ANEW = 5;

/** How often prepared statements with this text were planned anew, and with the plan that is kept, on the one connection. */
export function plansOf(database: Database, text: string): Promise<{ custom: string; kept: string }[]> {
  return database.query(
    `SELECT custom_plans AS custom, generic_plans AS kept FROM pg_prepared_statements
     WHERE statement LIKE '%' || $1 || '%'`,
    [text],
  );
}
