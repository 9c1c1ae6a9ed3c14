export interface ServerEvent {
  event: string;
  data: string;
}

const BYTE_ORDER_MARK = '\uFEFF';

/** Reads an event stream from pieces of text that may be cut anywhere. */
export class SseParser {
  /** What the server asked for with `retry:`, in milliseconds. */
  retry: number | undefined;
  #started = false;
  #afterCarriageReturn = false;
  #line = '';
  #event = '';
  #data: string[] = [];

  push(piece: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    for (const line of this.#lines(piece)) {
      if (line !== '') this.#field(line);
      else events.push(...this.#dispatch());
    }
    return events;
  }

  /** The lines that this piece completes; CR, LF and CR LF each end one. */
  #lines(piece: string): string[] {
    let text = piece;
    if (!this.#started && text !== '') {
      this.#started = true;
      if (text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    }
    if (this.#afterCarriageReturn && text.startsWith('\n')) text = text.slice(1);
    if (piece !== '') this.#afterCarriageReturn = piece.endsWith('\r');
    const [first = '', ...others] = text.split(/\r\n|\r|\n/);
    const lines = [this.#line + first, ...others];
    this.#line = lines.pop() ?? '';
    return lines;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
  }

  #dispatch(): ServerEvent[] {
    const event = { event: this.#event || 'message', data: this.#data.join('\n') };
    const events = this.#data.length > 0 ? [event] : [];
    this.#event = '';
    this.#data = [];
    return events;
  }
}
