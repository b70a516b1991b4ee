import type { FromView, ToView } from '../editor/preview/protocol.ts';

declare function acquireVsCodeApi(): {
  postMessage(message: FromView): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
let lastRequest = 0;

type Asking = Extract<FromView, { request: number }>;
type Unnumbered<T> = T extends unknown ? Omit<T, 'request'> : never;

/** Asks the editor for something; an answer that comes with `failed` is an error whose message is for people. */
export function ask<T extends ToView['type']>(
  message: Unnumbered<Asking>,
  _answer: T,
): Promise<Extract<ToView, { type: T }>> {
  const request = ++lastRequest;
  return new Promise((resolve, reject) => {
    waiting.set(request, { resolve, reject });
    api.postMessage({ ...message, request } as Asking);
  });
}

export function tell(message: FromView): void {
  api.postMessage(message);
}

/** Hands answers to whoever asked, and all else to `receive`. */
export function listen(receive: (message: ToView) => void): void {
  window.addEventListener('message', ({ data }: MessageEvent<ToView>) => {
    if (!('request' in data)) return receive(data);
    const asked = waiting.get(data.request);
    waiting.delete(data.request);
    if (data.type === 'failed') asked?.reject(new Error(data.message));
    else asked?.resolve(data as never);
  });
}

/** What is remembered while the view is hidden: names and numbers, nothing that stands in a row. */
export const memory = {
  read: <T>() => api.getState() as T | undefined,
  write: (state: unknown) => api.setState(state),
};
