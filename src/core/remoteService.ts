import { contextOf, deleteFrom, listRemote, pullFrom, pushTo, withRemote } from './backups/remoteCopies.ts';
import type { Resources } from './backups/resources.ts';
import type { Project } from './project/project.ts';
import { readRemoteConfigs } from './remotes/config.ts';
import type { Remote } from './remotes/remote.ts';
import type { ProjectAsk, Service } from './service.ts';
import type { Task } from './task.ts';
import type { Trusted } from './trust.ts';

type RemoteService = Pick<
  Service,
  'remotes' | 'remoteList' | 'remotePush' | 'remotePull' | 'remoteDelete' | 'remoteTest' | 'rcloneRemotes'
>;

/** The part of the service that is about remotes. */
export function createRemoteService(resources: Resources, trusted: Trusted): RemoteService {
  async function onRemote<T>(
    ask: ProjectAsk & { remote: string },
    task: Task,
    work: (remote: Remote, project: Project) => Promise<T>,
  ): Promise<T> {
    const project = await trusted(ask.project, task, () => [ask.remote]);
    return withRemote(ask.remote, project, resources, task, (remote) => work(remote, project));
  }

  return {
    remotes: async ({ project }, task) => {
      const { settings } = await trusted(project, task);
      return { remotes: readRemoteConfigs(settings.remotes).map(({ name, type }) => ({ name, type })) };
    },

    remoteList: async (ask, task) =>
      onRemote(ask, task, (remote, project) => listRemote(remote, project, task)),

    remotePush: async (ask, task) =>
      onRemote(ask, task, (remote, project) => pushTo(remote, ask.files, project, resources, task)),

    remotePull: async (ask, task) =>
      onRemote(ask, task, (remote, project) => pullFrom(remote, ask.file, project, resources, task)),

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
