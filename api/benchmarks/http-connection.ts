import { connect, type Socket } from 'node:net';

/** One request at a time, on one connection. Node's own client takes more time than the bare route that it measures. */
export class HttpConnection {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  async send(request: string): Promise<void> {
    const answer = await this.ask(request);
    if (!/^HTTP\/1\.1 20[02] /.test(answer)) throw new Error(answer);
  }

  /** The answer, of whatever status. */
  async ask(request: string): Promise<string> {
    const answer = await exchange((this.#socket ??= open(this.#port)), request);
    if (/^connection: close\r$/im.test(answer)) this.close();
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

export function requestText(line: string, headers: Readonly<Record<string, string>>, body = ''): string {
  const all = { Host: 'localhost', 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${[`${line} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n${body}`;
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1').setNoDelay();
  socket.on('error', () => undefined);
  return socket;
}

function exchange(socket: Socket, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const take = (chunk: Buffer): void => {
      answer += chunk.toString('latin1');
      if (!isWhole(answer)) return;
      socket.off('data', take).off('close', fail);
      resolve(answer);
    };
    const fail = (): void => {
      reject(new Error('the server closed the connection'));
    };
    socket.on('data', take).once('close', fail).write(request);
  });
}

function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf('\r\n\r\n');
  const [, length] = /^content-length: (\d+)\r$/im.exec(answer) ?? [];
  return headEnd >= 0 && answer.length >= headEnd + 4 + Number(length);
}
