import { join } from 'node:path';
import {
  contextOf,
  deleteFrom,
  listRemote,
  noteCopies,
  pullFrom,
  pushTo,
  withRemote,
} from './backups/remoteCopies.ts';
import type { Resources } from './backups/resources.ts';
import type { Project, ProjectRequest } from './project/project.ts';
import type { Remote } from './remotes/remote.ts';
import type { ProjectAsk, Service } from './service.ts';
import type { Task } from './task.ts';

type RemoteService = Pick<
  Service,
  'remoteList' | 'remotePush' | 'remotePull' | 'remoteDelete' | 'remoteTest' | 'rcloneRemotes'
>;

/** The part of the service that is about remotes. */
export function createRemoteService(
  resources: Resources,
  trusted: (request: ProjectRequest, task: Task) => Promise<Project>,
): RemoteService {
  async function onRemote<T>(
    ask: ProjectAsk & { remote: string },
    task: Task,
    work: (remote: Remote, project: Project) => Promise<T>,
  ): Promise<T> {
    const project = await trusted(ask.project, task);
    return withRemote(ask.remote, project, resources, task, (remote) => work(remote, project));
  }

  return {
    remoteList: async (ask, task) =>
      onRemote(ask, task, (remote, project) => listRemote(remote, project, task)),

    remotePush: async (ask, task) =>
      onRemote(ask, task, async (remote, project) => {
        const answer = await pushTo(remote, ask.files, project, task);
        const paths = answer.files.map(({ file }) => join(project.backupsFolder, file));
        await noteCopies(ask.remote, paths, resources, task);
        return answer;
      }),

    remotePull: async (ask, task) =>
      onRemote(ask, task, async (remote, project) => {
        const answer = await pullFrom(remote, ask.file, project, task);
        await noteCopies(ask.remote, [answer.path], resources, task);
        return answer;
      }),

    remoteDelete: async (ask, task) =>
      onRemote(ask, task, (remote, project) => deleteFrom(remote, ask.files, project, resources, task)),

    remoteTest: async (ask, task) => onRemote(ask, task, (remote) => remote.test(task.signal)),

    rcloneRemotes: async (ask, task) => {
      const context = contextOf(await trusted(ask.project, task), resources, task);
      const { rcloneRemotes } = await import('./remotes/rclone.ts');
      return { remotes: await rcloneRemotes(context, task.signal) };
    },
  };
}
