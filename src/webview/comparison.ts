import type { ToView } from '../editor/preview/protocol.ts';
import { Differences } from './differences.ts';
import { listen, memory, tell } from './host.ts';

listen((message: ToView) => {
  if (message.type !== 'compared') return;
  const differences = new Differences(message, memory.read());
  document.body.replaceChildren(differences.element);
  differences.start();
});
tell({ type: 'ready', again: memory.read() !== undefined });
