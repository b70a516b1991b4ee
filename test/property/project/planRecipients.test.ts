import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyPlan } from '../../../src/core/project/edit/applyPlan.ts';
import { planRecipients } from '../../../src/core/project/edit/planRecipients.ts';
import type { Project } from '../../../src/core/project/project.ts';
import { detect } from '../../support/detect.ts';
import { scratchFolder } from '../../support/scratch.ts';

const manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n";

const address = fc
  .tuple(fc.stringMatching(/^[a-z0-9._%+'-]{1,8}$/), fc.constantFrom('example.org', 'x.test'))
  .map(([name, host]) => `${name}@${host}`);
const recipients = fc.uniqueArray(fc.oneof(address, fc.stringMatching(/^[0-9A-F]{40}$/)), {
  minLength: 1,
  maxLength: 3,
});

const quoted = (text: string) => fc.constantFrom(`'${text}'`, `"${text}"`, `'''${text}'''`, `r'${text}'`);
const literal = fc.stringMatching(/^[a-z@.]{0,9}$/).chain(quoted);
const gap = fc.constantFrom('', ' ', '  ');
const note = fc.constantFrom('', '  # note', "  # 'x' = [");
const items = fc.array(fc.tuple(literal, note), { minLength: 1, maxLength: 4 });
const value = fc.oneof(
  literal,
  fc.constant('None'),
  fc.constant('[]'),
  items.map((all) => `[${all.map(([text]) => text).join(', ')}]`),
  items.map((all) => `(${all.map(([text]) => `${text},`).join(' ')})`),
  items.map((all) => `[\n${all.map(([text, comment]) => `    ${text},${comment}\n`).join('')}]`),
  items.map(
    (all) =>
      `[\n    # first\n${all
        .map(([text, c]) => `    ${text},${c}\n`)
        .join('')
        .replace(/,(?=[^,]*$)/, '')}]`,
  ),
  literal.map((text) => `config('KEY', default=${text})`),
  literal.map((text) => `os.environ.get("KEY", ${text})`),
);
const settings = fc
  .record({
    before: fc.array(
      fc.constantFrom('', '# DBBACKUP_GPG_RECIPIENT = 1', 'DEBUG = True', "TIME_ZONE = 'UTC'"),
      { maxLength: 3 },
    ),
    after: fc.array(fc.constantFrom('', '"""text\n"""', "DBBACKUP_DATE_FORMAT = '%Y'", 'A = [1,\n 2]'), {
      maxLength: 3,
    }),
    value: fc.option(value, { nil: undefined }),
    gap,
    note,
    end: fc.constantFrom('\n', '\r\n'),
    final: fc.boolean(),
  })
  .map(({ before, after, value, gap, note, end, final }) => {
    const own = value === undefined ? [] : [`DBBACKUP_GPG_RECIPIENT${gap}=${gap}${value}${note}`];
    const head = [
      'import os',
      'from decouple import config',
      "INSTALLED_APPS = ['dbbackup']",
      "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '/x.db'}}",
    ];
    const text = [...head, ...before, ...own, ...after].join('\n').replaceAll('\n', end);
    return final ? text + end : text;
  });

it('an edited file, read again, gives the new recipients and nothing else that is different', async () => {
  const folder = await scratchFolder();
  await mkdir(join(folder, 'site'));
  await writeFile(join(folder, 'manage.py'), manage);
  const path = join(folder, 'site', 'settings.py');
  await fc.assert(
    fc.asyncProperty(settings, recipients, async (text, wanted) => {
      await writeFile(path, text);
      const before = await detect(folder);
      const plan = await planRecipients({ folder }, wanted, {
        environment: { HOME: '/home/nobody-of-this-name', PATH: process.env.PATH },
        signal: new AbortController().signal,
      });
      expect(plan.file).toBe(path);
      await applyPlan(plan);
      const after = await detect(folder);
      expect(after.recipients.toSorted()).toEqual(wanted.toSorted());
      expect(rest(after)).toEqual(rest(before));
      const written = await readFile(path, 'utf8');
      const own = linesAround(text, 'DBBACKUP_GPG_RECIPIENT');
      for (const line of own) expect(written).toContain(line);
      if (text.includes('\r\n')) expect(written.replaceAll('\r\n', '')).not.toContain('\n');
      else expect(written).not.toContain('\r');
    }),
  );
}, 120_000);

function rest({ recipients: _recipients, sources: _sources, warnings: _warnings, ...others }: Project) {
  return others;
}

/** Lines that are surely none of the recipient's. */
function linesAround(text: string, name: string): string[] {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => line.startsWith(name));
  return first < 0 ? lines : lines.slice(0, first);
}
