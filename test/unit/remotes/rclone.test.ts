import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RcloneTransport, rcloneRemotes } from '../../../src/core/remotes/rclone.ts';
import { noSignal, remoteContext, testPace } from '../../support/remotes.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** An rclone that answers by its first word, as the real one of that version, cloud or bad day would. */
async function rcloneThat(answers: Record<string, string>, pace = testPace) {
  const folder = await scratchFolder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const cases = Object.entries({ listremotes: 'echo here:', ...answers }).map(
    ([word, script]) => `${word}) ${script} ;;`,
  );
  const script = `#!/bin/sh\nasked() { for one in "$@"; do [ "$one" = "$want" ] && return 0; done; return 1; }\ncase "$1" in\n${cases.join('\n')}\nesac\n`;
  writeFileSync(join(bin, 'rclone'), script);
  chmodSync(join(bin, 'rclone'), 0o755);
  const environment = { PATH: `${bin}:${process.env.PATH}`, HOME: folder };
  const context = remoteContext(folder, { environment });
  const config = { name: 'cloud', type: 'rclone', remote: 'here', path: '' } as const;
  return { folder, context, transport: new RcloneTransport(config as never, context, pace) };
}

const fails = (exit: number, words: string) =>
  `echo "2026/11/22 00:00:00 ERROR : ${words}" >&2; exit ${exit}`;

describe.skipIf(process.platform === 'win32')('rclone', () => {
  test('of a folder that is not there yet has no files; any other failure is one', async () => {
    const { transport } = await rcloneThat({ lsjson: fails(3, 'directory not found') });
    expect(await transport.list(noSignal)).toEqual([]);
    expect(await transport.find('x', noSignal)).toBeUndefined();
    const other = await rcloneThat({ lsjson: fails(7, 'access denied') });
    await expect(other.transport.list(noSignal)).rejects.toThrow('access denied');
    await expect(other.transport.find('x', noSignal)).rejects.toThrow('access denied');
  });

  test('tells a date that is none as none, and a folder as no file', async () => {
    const { transport } = await rcloneThat({
      lsjson: `case "$*" in *--stat*) echo '{"Name":"x","Size":-1,"ModTime":"","IsDir":true}' ;; *) echo '[{"Name":"a","Size":3,"ModTime":"never","IsDir":false},{"Name":"b","Size":4,"ModTime":"2026-11-22T00:00:00Z","IsDir":false}]' ;; esac`,
    });
    expect(await transport.list(noSignal)).toEqual([
      { name: 'a', bytes: 3, modified: undefined },
      { name: 'b', bytes: 4, modified: new Date('2026-11-22T00:00:00Z') },
    ]);
    expect(await transport.find('x', noSignal)).toBeUndefined();
    expect(await transport.hashes('x', noSignal)).toBeUndefined();
  });

  test('a name that is taken is told by the part that stayed', async () => {
    const file = '{"Name":"part","Size":1,"ModTime":"","IsDir":false}';
    const { transport } = await rcloneThat({ moveto: ':', lsjson: `echo '${file}'` });
    await expect(transport.rename('part', 'final', noSignal)).rejects.toMatchObject({
      code: 'target-exists',
    });
  });

  test('what was gone already is removed; what stays was not', async () => {
    const gone = await rcloneThat({
      deletefile: fails(4, 'object not found'),
      lsjson: fails(4, 'object not found'),
    });
    await gone.transport.remove('x', noSignal);
    const stays = await rcloneThat({
      deletefile: fails(1, 'read only'),
      lsjson: `echo '{"Name":"x","Size":1,"ModTime":"","IsDir":false}'`,
    });
    await expect(stays.transport.remove('x', noSignal)).rejects.toThrow('read only');
    const broken = await rcloneThat({ deletefile: fails(5, 'temporary') });
    await expect(broken.transport.remove('x', noSignal)).rejects.toMatchObject({ name: 'BrokenConnection' });
  });

  test('a full place is told as full: by its words, or by the room that is left', async () => {
    for (const about of [`echo '{"free":1}'`, ':']) {
      const words = about === ':' ? 'googleapi: Error 403: storageQuotaExceeded' : 'upload failed';
      const { folder, transport } = await rcloneThat({ copyto: fails(1, words), about });
      writeFileSync(join(folder, 'local'), 'four');
      const sent = transport.write(join(folder, 'local'), 'x', 0, {
        signal: noSignal,
        onBytes: () => undefined,
      });
      await expect(sent).rejects.toMatchObject({ code: 'disk-full' });
    }
    const { folder, transport } = await rcloneThat({
      copyto: fails(1, 'upload failed'),
      about: fails(1, 'no idea'),
    });
    writeFileSync(join(folder, 'local'), 'four');
    const flow = { signal: noSignal, onBytes: () => undefined };
    await expect(transport.write(join(folder, 'local'), 'x', 0, flow)).rejects.toThrow('upload failed');
    await expect(transport.write(join(folder, 'gone'), 'x', 0, flow)).rejects.toMatchObject({
      code: 'no-such-file',
    });
  });

  test('that is silent for long is a broken connection', async () => {
    const { transport } = await rcloneThat({ cat: 'exec sleep 30' }, { ...testPace, idleMs: 300 });
    const read = async () => {
      for await (const _ of transport.read('x', 0, noSignal));
    };
    await expect(read()).rejects.toMatchObject({
      name: 'BrokenConnection',
      message: 'rclone moved nothing for 0.3 s',
    });
  });

  test('without a remote says how to make one, and is asked again the next time', async () => {
    const { context, transport } = await rcloneThat({ listremotes: ':' });
    const refused = { code: 'no-such-remote', hint: 'Set it up with "rclone config".' };
    await expect(transport.server(noSignal)).rejects.toMatchObject(refused);
    await expect(transport.server(noSignal)).rejects.toMatchObject(refused);
    expect(await rcloneRemotes(context, noSignal)).toEqual([]);
    const other = await rcloneThat({ listremotes: 'echo one:; echo two:', version: 'echo "rclone v1.60"' });
    await expect(other.transport.server(noSignal)).rejects.toMatchObject({ hint: 'It knows: one, two.' });
  });

  test('its last words are told without what is a secret; none at all is said', async () => {
    const json = (level: string, msg?: string) =>
      JSON.stringify({ level, ...(msg === undefined ? {} : { msg }) });
    const log = [
      json('error', 'Failed: https://me:word@host/x?sig=abc token=abc123'),
      json('warning', 'later'),
      json('error'),
      '{ not JSON',
    ];
    const { transport } = await rcloneThat({ version: `cat >&2 <<'END'\n${log.join('\n')}\nEND\nexit 1` });
    const told = transport.server(noSignal);
    await expect(told).rejects.toThrow(/^Failed: /);
    await expect(transport.server(noSignal)).rejects.not.toThrow(/word|abc/);
    const { transport: silent } = await rcloneThat({ version: 'exit 1' });
    await expect(silent.server(noSignal)).rejects.toThrow('rclone ended without a word');
    const { transport: killed } = await rcloneThat({ version: 'kill -9 $$' });
    await expect(killed.server(noSignal)).rejects.toMatchObject({ exit: -1 });
  });
});
