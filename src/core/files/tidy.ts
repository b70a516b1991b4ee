import { rm } from 'node:fs/promises';

/**
 * Removes what is of no use any more, at the end of some work. Where that fails (somebody else looks into it just now)
 * it is tried again for a moment; what stays even so is swept later, and does not make failed what is done.
 */
export async function tidy(...paths: string[]): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3, retryDelay: 50 };
  for (const path of paths) await rm(path, options).catch(() => rm(path, options).catch(() => undefined));
}
