import { describe, expect, it } from 'vitest';
import type { Backup } from '../../../src/core/service.ts';
import { arrangeBackups } from '../../../src/editor/views/points.ts';

function backup(file: string, day: number, database?: string): Backup {
  return {
    file,
    path: `/backups/${file}`,
    kind: file.includes('.tar') ? 'media' : 'database',
    database,
    host: 'web1',
    date: `2026-11-0${day}T00:00:00.000Z`,
    bytes: 1,
    encrypted: true,
    compressed: false,
  };
}

function arranged(backups: Backup[], aliases: string[]) {
  const { points, groups } = arrangeBackups(backups, aliases);
  return {
    points: points.map(({ databases, media }) => [...databases.map(({ file }) => file), media.file]),
    groups: groups.map((group) => [group.database ?? group.kind, group.backups.map(({ file }) => file)]),
  };
}

describe('arrangeBackups', () => {
  it('shows every backup once: in its restore point, or in its group', () => {
    const backups = [
      backup('3.dump', 3, 'default'),
      backup('2.dump', 2, 'default'),
      backup('2.tar', 2),
      backup('1.tar', 1),
    ];
    expect(arranged(backups, ['default'])).toEqual({
      points: [['2.dump', '2.tar']],
      groups: [
        ['default', ['3.dump']],
        ['media', ['1.tar']],
      ],
    });
  });

  it('does not say of a database in a restore point that it has no backup, and says it of another', () => {
    const backups = [backup('1.dump', 1, 'default'), backup('1.tar', 1)];
    expect(arranged(backups, ['default', 'logs'])).toEqual({
      points: [['1.dump', '1.tar']],
      groups: [['logs', []]],
    });
    expect(arranged([backup('1.dump', 1), backup('1.tar', 1)], ['default']).groups).toEqual([]);
  });

  it('leaves backups without another half in their groups', () => {
    expect(arranged([backup('1.dump', 1, 'default'), backup('2.tar', 2)], ['default'])).toEqual({
      points: [],
      groups: [
        ['default', ['1.dump']],
        ['media', ['2.tar']],
      ],
    });
  });
});
