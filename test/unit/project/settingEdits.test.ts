import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../../src/core/project/edit/applyPlan.ts';
import { writeEnvEntry, writeIniEntry } from '../../../src/core/project/edit/envEntry.ts';
import { editSetting, insertSetting } from '../../../src/core/project/edit/settingEdits.ts';
import { applyEdits, encodeText, lineEndOf, readTextFile } from '../../../src/core/project/edit/textFile.ts';
import { scratchFolder } from '../../support/scratch.ts';

const one = ['ops@x.org'];
const edit = (text: string, texts = one, line?: number) => editSetting('s.py', text, 'NAME', texts, line);

describe('the edits of a setting in one file', () => {
  it('take the assignment that counts first, then the others from the end', () => {
    const text = "NAME = 'a'\nNAME = 'b'\nNAME = 'c'\n";
    expect(edit(text, one, 2).changed).toEqual([
      "NAME = 'a'\nNAME = 'ops@x.org'\nNAME = 'c'\n",
      "NAME = 'a'\nNAME = 'b'\nNAME = 'ops@x.org'\n",
      "NAME = 'ops@x.org'\nNAME = 'b'\nNAME = 'c'\n",
    ]);
  });

  it.each([
    ['names that are assigned together', "NAME, B = 'a', 'b'\n"],
    ['an item of that name', "D['NAME'] = 'a'\n"],
    ['an attribute of that name', "D.NAME = 'a'\n"],
    ['a type alone', 'NAME: str\n'],
  ])('leave %s', (_what, text) => {
    expect(edit(text)).toEqual({ changed: [], defaults: [], replaced: [], variables: [] });
  });

  it.each([
    ['a list that takes up another', "['a', *others]"],
    ['a list of what is no text', '[b"a", f"{b}"]'],
    ['a comprehension', "['a' for _ in x]"],
    ['a text put together with what is no text', "('a' f'{b}')"],
  ])('replace %s as a whole', (_what, value) => {
    expect(edit(`NAME = ${value}\n`).changed).toEqual([]);
    expect(edit(`NAME = ${value}\n`).replaced[0]).toMatch(/^NAME = ["']ops@x\.org["']\n$/);
  });

  it('only take lines away where nothing comes', () => {
    expect(edit("NAME = [\n  'a',\n  # why\n  'ops@x.org',  # keep\n]\n").changed).toEqual([
      "NAME = [\n  # why\n  'ops@x.org',  # keep\n]\n",
    ]);
  });

  it('put the comma that is missing behind what stays', () => {
    expect(edit("NAME = [\n  'a'  # first\n]\n", ['a', 'b']).changed).toEqual([
      "NAME = [\n  'a',  # first\n  'b',\n]\n",
    ]);
  });

  it('keep the quotes that stand there, escape what would end them, and else take those of the file', () => {
    expect(edit('NAME = "a"\n', ['say "x" \\']).changed).toEqual(['NAME = "say \\"x\\" \\\\"\n']);
    expect(edit('A = "a"\nNAME = None\n').changed).toEqual(['A = "a"\nNAME = "ops@x.org"\n']);
    expect(edit("A = 'a'\nB = '''b'''\nNAME = None\n").changed[0]).toContain("NAME = 'ops@x.org'");
  });

  it('are made in a file that was broken already, too', () => {
    expect(edit("def :\n    pass\nNAME = 'a'\n").changed).toEqual(["def :\n    pass\nNAME = 'ops@x.org'\n"]);
  });

  it('name what is looked up, and change its default where it has one', () => {
    const found = edit("NAME = config('KEY', default='old')\n");
    expect(found.variables).toEqual(['KEY']);
    expect(found.defaults).toEqual(["NAME = config('KEY', default='ops@x.org')\n"]);
    expect(edit("NAME = os.environ['KEY']\n")).toMatchObject({ variables: ['KEY'], defaults: [] });
    expect(edit('NAME = os.environ[key]\n')).toMatchObject({ variables: [], defaults: [] });
  });
});

describe('a setting that is not there', () => {
  const insert = (text: string) => insertSetting('s.py', text, 'DBBACKUP_NAME', one);
  const line = "DBBACKUP_NAME = 'ops@x.org'";

  it.each([
    ['', [`${line}\n`]],
    ['A = 1\n', [`A = 1\n\n${line}\n`]],
    ['A = 1', [`A = 1\n\n${line}\n`]],
    [
      "DBBACKUP_X = 'x'",
      [`DBBACKUP_X = 'x'\n${line}\n`, `DBBACKUP_X = 'x'\n${line}\n`, `DBBACKUP_X = 'x'\n\n${line}\n`],
    ],
    [
      'if A:\n    DBBACKUP_X = 1\nB = 2\n',
      [`if A:\n    DBBACKUP_X = 1\n    ${line}\nB = 2\n`, `if A:\n    DBBACKUP_X = 1\nB = 2\n\n${line}\n`],
    ],
  ])('comes below its like, else at the end of %j', (text, expected) => {
    expect(insert(text)).toEqual(expected);
  });

  it('comes with the line ends of the file', () => {
    expect(insert('A = 1\r\nB = 2\r\n')).toEqual([`A = 1\r\nB = 2\r\n\r\n${line}\r\n`]);
  });
});

describe('an entry of an .env file', () => {
  it.each([
    ['', ['KEY=new\n']],
    ['A=1', ['A=1\nKEY=new\n']],
    ['A=1\r\nB=2\r\n', ['A=1\r\nB=2\r\nKEY=new\r\n']],
    ['KEY=old\nKEY = older \n', ['KEY=old\nKEY = new \n']],
    ["export KEY='old' # why\n", ["export KEY='new' # why\n", "export KEY='new'\n"]],
    ['KEY=old # why\n', ['KEY=new # why\n', 'KEY=new\n']],
    ['KEY="old"\n', ['KEY="new"\n']],
    ['KEY=\n', ['KEY=new\n']],
    ['MY_KEY=old\n', ['MY_KEY=old\nKEY=new\n']],
  ])('%j', (text, expected) => {
    expect(writeEnvEntry(text, 'KEY', 'new')).toEqual(expected);
  });
});

describe('an entry of a settings.ini', () => {
  it.each([
    ['', '[settings]\nkey=50%%\n'],
    ['[other]\na=1\n', '[other]\na=1\n[settings]\nkey=50%%\n'],
    ['[settings]\nKey : old\n[other]\nkey=1\n', '[settings]\nKey : 50%%\n[other]\nkey=1\n'],
    ['[settings]\na=1\n\n[other]\nkey=1\n', '[settings]\na=1\nkey=50%%\n\n[other]\nkey=1\n'],
    ['[settings]', '[settings]\nkey=50%%\n'],
    ['[settings]\r\na=1\r\n', '[settings]\r\na=1\r\nkey=50%%\r\n'],
  ])('%j', (text, expected) => {
    expect(writeIniEntry(text, 'key', '50%')).toEqual([expected]);
  });
});

describe('a text file', () => {
  it('keeps its encoding, and is not written where that has no place for a character', async () => {
    const folder = await scratchFolder();
    const path = join(folder, 's.py');
    await writeFile(path, Buffer.from([0x41, 0xe9]));
    expect(await readTextFile(path)).toEqual({ path, text: 'A\u00e9', encoding: 'latin1' });
    expect(encodeText('A\u00e9', 'latin1')).toEqual(Buffer.from([0x41, 0xe9]));
    expect(encodeText('ł', 'latin1')).toBeUndefined();
    expect(encodeText('ł', 'utf8bom')).toEqual(Buffer.from('\ufeffł'));
    const plan = { file: path, before: 'A\u00e9', encoding: 'latin1', after: 'ł' };
    await expect(applyPlan(plan as Parameters<typeof applyPlan>[0])).rejects.toMatchObject({
      code: 'failed',
      message: `The text does not fit the encoding of ${path}.`,
    });
    expect((await readTextFile(path)).text).toBe('A\u00e9');
  });

  it('is none where there is none, and no folder is one', async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, 'folder'));
    expect(await readTextFile(join(folder, 'gone'))).toMatchObject({ text: null });
    await expect(readTextFile(join(folder, 'folder'))).rejects.toMatchObject({ code: 'EISDIR' });
  });

  it('takes edits in any order, and what is inserted stands in the place of what goes', () => {
    const edits = [
      { from: 1, to: 1, text: 'X' },
      { from: 1, to: 2, text: '' },
      { from: 3, to: 3, text: 'Y' },
    ];
    expect(applyEdits('abcd', edits)).toBe('aXcYd');
    expect(lineEndOf('a\r\nb\n')).toBe('\n');
  });
});
