import { parentPort, workerData } from 'node:worker_threads';
import { createService } from './core/createService.ts';
import { serve } from './core/rpc.ts';

/** The thread that does the heavy work for the editor: a service behind a port, nothing else. */
const { environment } = workerData as { environment: NodeJS.ProcessEnv };
if (parentPort) serve(parentPort, createService({ environment, trustProject: true }));
