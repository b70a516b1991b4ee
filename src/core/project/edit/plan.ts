import type { Warning } from '../../task.ts';
import type { TextEncoding } from './textFile.ts';

/** An edit of one text file, shown before it is made. Plain data. */
export interface EditPlan {
  /** `settings` is the project's Python, `environment` an `.env` or `settings.ini`, `setting` the folder's own settings. */
  kind: 'settings' | 'environment' | 'setting';
  /** Absolute path. */
  file: string;
  /** Without a byte order mark; null where the file will be made. */
  before: string | null;
  after: string;
  encoding: TextEncoding;
  /** The setting or variable that gets another value, as it stands in the file. */
  name: string;
  recipients: string[];
  /** True where the folder's own setting names others and would go on winning over the project's. */
  overruled: boolean;
  /** Where the project's own backups will not follow. */
  warnings: Warning[];
}
