import { once } from 'node:events';
import ssh2, { type AuthContext } from 'ssh2';

/** An SSH server that a test makes behave oddly: which password it takes, and what it says of the one file that it has. */
export interface OddServer {
  port: number;
  /** How passwords came in. */
  asked: { method: string; password: string }[];
  stop(): void;
}

export interface OddRequest {
  hostKey: string;
  password: string;
  methods: ('password' | 'keyboard-interactive')[];
  /** The file's content, and how long the server says that it is. */
  file?: { name: string; content: Buffer; saidBytes: number };
}

const { STATUS_CODE: status } = ssh2.utils.sftp;

export async function startOddServer(request: OddRequest): Promise<OddServer> {
  const asked: OddServer['asked'] = [];
  const server = new ssh2.Server({ hostKeys: [request.hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => logIn(context, request, asked));
    client.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => {
        const sftp = acceptSftp();
        const { file } = request;
        const attributes = {
          mode: 0o100_644,
          size: file?.saidBytes ?? 0,
          uid: 0,
          gid: 0,
          atime: 1,
          mtime: 1,
        };
        const stat = (id: number, path: string) =>
          file && path.endsWith(file.name)
            ? sftp.attrs(id, attributes)
            : sftp.status(id, status.NO_SUCH_FILE);
        sftp.on('LSTAT', stat).on('STAT', stat);
        sftp.on('OPENDIR', (id) => sftp.handle(id, Buffer.from('d')));
        sftp.on('READDIR', (id) => sftp.status(id, status.EOF));
        sftp.on('OPEN', (id) => sftp.handle(id, Buffer.from('f')));
        sftp.on('CLOSE', (id) => sftp.status(id, status.OK));
        sftp.on('READ', (id, _handle, offset, length) => {
          const bytes = file?.content.subarray(offset, offset + length);
          if (bytes && bytes.length > 0) sftp.data(id, bytes);
          else sftp.status(id, status.EOF);
        });
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return { port: address.port, asked, stop: () => void server.close() };
}

function logIn(context: AuthContext, { password, methods }: OddRequest, asked: OddServer['asked']): void {
  const { method } = context;
  const answer = (given: string) => {
    asked.push({ method, password: given });
    if (given === password) context.accept();
    else context.reject(methods);
  };
  if (context.method === 'password' && methods.includes('password')) answer(context.password);
  else if (context.method === 'keyboard-interactive' && methods.includes('keyboard-interactive'))
    context.prompt([{ prompt: 'Password: ', echo: false }], ([given = '']) => answer(given));
  else context.reject(methods);
}
