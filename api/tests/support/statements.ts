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
