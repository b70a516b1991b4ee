import { parentPort, workerData } from 'node:worker_threads';
import { createService } from './core/createService.ts';
import { serve, type WorkerStart } from './core/rpc.ts';

/** The thread that does the heavy work for the editor: a service behind a port, nothing else. */
const { environment, workspace } = workerData as WorkerStart;
let open = workspace;
if (parentPort) {
  const service = createService({
    environment,
    workspace: () => open,
    trustProject: true,
    bundles: __dirname,
  });
  serve(parentPort, service, (folders) => {
    open = folders;
  });
}
