import type { MediaTask } from './archive.ts';
import { resolveRoot, type WalkOptions, walkTree } from './walk.ts';

/**
 * About how many bytes of files a backup of a media folder will read: links out of it are not followed. Zero where the
 * folder cannot be walked, which the backup itself will say.
 */
export async function measureMedia(mediaRoot: string, options: WalkOptions): Promise<number> {
  let bytes = 0;
  const quiet: MediaTask = { signal: options.signal };
  try {
    const { root, exclude } = await resolveRoot(mediaRoot, options.exclude);
    for await (const { type, stats } of walkTree(root, { ...quiet, exclude }))
      if (type === 'file') bytes += Number(stats.size);
    return bytes;
  } catch {
    return 0;
  }
}
