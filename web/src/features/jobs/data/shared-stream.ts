import { exclusively } from '../../../api/tabs.ts';

/** What the tab with the stream tells the others. */
type Message =
  | { type: 'event'; data: string }
  | { type: 'opened' }
  | { type: 'lost' }
  /** Of a tab that has just come, and the answer to it. */
  | { type: 'hello' }
  | { type: 'state'; connected: boolean };

export interface SharedStreamOptions {
  /** Tabs with the same name share one stream. */
  name: string;
  /** Reads the stream until the signal is aborted. Runs in one tab at a time. */
  read: (
    onEvent: (data: string) => void,
    onConnection: (connected: boolean) => void,
    signal: AbortSignal,
  ) => Promise<void>;
  onEvent: (data: string) => void;
  /** A stream has been opened: events before were missed. */
  onOpened: () => void;
  onConnection: (connected: boolean) => void;
  signal: AbortSignal;
}

/** One event stream for all tabs of a browser: HTTP/1.1 allows it six connections to a host. */
export async function shareStream(options: SharedStreamOptions): Promise<void> {
  const { name, signal } = options;
  const channel = new BroadcastChannel(name);
  let leads = false;
  let connected = true;

  const hear = (message: Message): void => {
    if (message.type === 'event') options.onEvent(message.data);
    else if (message.type === 'hello') answerHello();
    else setConnected(message.type === 'state' ? message.connected : message.type === 'opened');
    if (message.type === 'opened') options.onOpened();
  };
  const answerHello = (): void => {
    if (leads) channel.postMessage({ type: 'state', connected });
  };
  const setConnected = (isConnected: boolean): void => {
    connected = isConnected;
    options.onConnection(isConnected);
  };
  const tell = (message: Message): void => {
    if (signal.aborted) return;
    hear(message);
    channel.postMessage(message);
  };

  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (!signal.aborted) hear(data);
  });
  channel.postMessage({ type: 'hello' });
  const lead = async (): Promise<void> => {
    leads = true;
    await options.read(
      (data) => {
        tell({ type: 'event', data });
      },
      (isConnected) => {
        tell({ type: isConnected ? 'opened' : 'lost' });
      },
      signal,
    );
  };
  try {
    await exclusively(name, lead, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    channel.close();
  }
}
