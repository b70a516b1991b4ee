import type { ToView } from '../editor/preview/protocol.ts';
import { element } from './dom.ts';
import { listen, memory, tell } from './host.ts';
import { Tables } from './tables.ts';

let tables: Tables | undefined;

listen((message: ToView) => {
  if (message.type === 'opened') {
    tables = new Tables(message, memory.read());
    document.body.replaceChildren(tables.element);
    tables.start();
  } else if (message.type === 'select') tables?.choose(message.table);
  else if (message.type === 'closed') document.body.replaceChildren(closedPage(message));
});
tell({ type: 'ready', again: memory.read() !== undefined });

/** In the place of the data where it could not be opened: why, and a button to try again. */
function closedPage({ message, retry }: Extract<ToView, { type: 'closed' }>): HTMLElement {
  const button = element('button', { type: 'button', class: 'primary' }, retry);
  button.addEventListener('click', () => tell({ type: 'open' }));
  return element('main', { class: 'closed' }, element('p', { role: 'status' }, message), button);
}
