import { pickDatabase } from '../input/pickDatabase.ts';
import type { Session } from '../session.ts';

/** Which of the project's databases a backup is of; asks where its name does not tell. @throws CancellationError */
export async function aliasFor(
  session: Session,
  database: string | undefined,
  title: string,
): Promise<string | undefined> {
  const project = await session.project();
  const named = project.databases.find(({ alias }) => alias === database);
  return (named ?? (await pickDatabase(project, title)))?.alias;
}
