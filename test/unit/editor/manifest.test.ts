import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tools } from '../../../src/agents/tools.ts';
import {
  commands,
  configurationSection,
  contextKeys,
  customEditorOf,
  customEditors,
  itemKinds,
  restrictedModeCommands,
  settings,
  submenus,
  viewContainer,
  views,
} from '../../../src/editor/settings.ts';

interface LanguageModelTool {
  name: string;
  modelDescription: string;
  inputSchema: { properties: Record<string, object> };
}

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'package.json'), 'utf8');
const manifest = JSON.parse(text);
const words: Record<string, string> = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8'));
const { contributes, capabilities } = manifest;
const whenClauses: string[] = [...text.matchAll(/"(?:when|enablement)": "((?:[^"\\]|\\.)*)"/g)].map(
  ([, clause = '']) => clause,
);
const completions = [...text.matchAll(/"onContext:([^"]*)"/g)].map(([, clause = '']) => clause);

describe('package.json', () => {
  it('contributes the commands of the table, no more and no fewer', () => {
    const contributed = contributes.commands.map(({ command }: { command: string }) => command);
    expect(contributed.toSorted()).toEqual(Object.values(commands).toSorted());
  });

  it('contributes the agents’ tools as they are, with a folder to choose', () => {
    const contributed = contributes.languageModelTools.map(
      ({ name, modelDescription, inputSchema }: LanguageModelTool) => {
        const { folder, ...properties } = inputSchema.properties;
        expect(folder).toMatchObject({ type: 'string' });
        return [name, modelDescription, { ...inputSchema, properties }];
      },
    );
    const expected = tools.map(({ name, description, input }) => [`dbbackup_${name}`, description, input]);
    expect(contributed).toEqual(expected);
  });

  it('puts every command into one category', () => {
    const categories = contributes.commands.map(({ category }: { category: string }) => category);
    expect(new Set(categories)).toEqual(new Set(['DB Backup']));
  });

  it('enables only what looks in Restricted Mode', () => {
    for (const { command, enablement = '' } of contributes.commands) {
      expect([command, !enablement.includes('isWorkspaceTrusted')]).toEqual([
        command,
        restrictedModeCommands.has(command),
      ]);
    }
  });

  it('contributes the views of the table', () => {
    expect(Object.keys(contributes.views)).toEqual([viewContainer]);
    const ids = contributes.views[viewContainer].map(({ id }: { id: string }) => id);
    expect(ids).toEqual(Object.values(views));
  });

  it('contributes the editors of the table; what others can show stays theirs', () => {
    const contributed = contributes.customEditors.map(({ viewType }: { viewType: string }) => viewType);
    expect(contributed).toEqual(Object.values(customEditors));
    const priorities = contributes.customEditors.map(({ priority }: { priority: string }) => priority);
    expect(priorities).toEqual(['option', 'default']);
    const names = ['dump', 'sql', 'sqlite3'].flatMap((content) => [content, `${content}.gz`]);
    for (const name of names) {
      expect(customEditorOf(`/site/backups/a.${name}`)).toBe(customEditors.data);
      for (const wrap of ['gpg', 'asc', 'pgp'])
        expect(customEditorOf(`/site/backups/a.${name}.${wrap}`)).toBe(customEditors.encrypted);
    }
  });

  it('opens encrypted backups that lie in a folder, not what a diff has of them', () => {
    const { selector } = contributes.customEditors[1];
    const patterns = selector.map(({ filenamePattern }: { filenamePattern: string }) => filenamePattern);
    const opened = (uri: string) => patterns.some((pattern: string) => matchesGlob(uri, pattern));
    expect(opened('file:/site/backups/default-web1-2026-01-01-000000.dump.gpg')).toBe(true);
    expect(opened('vscode-remote:/site/a.sqlite3.gz.asc')).toBe(true);
    expect(opened('git:/site/backups/a.dump.gpg')).toBe(false);
    expect(opened('file:/site/backups/web1.tar.gpg')).toBe(false);
  });

  it('contributes the settings of the table with the same defaults', () => {
    const contributed = Object.entries<{ default: unknown }>(contributes.configuration.properties);
    const defaults = Object.fromEntries(contributed.map(([name, setting]) => [name, setting.default]));
    const expected = Object.entries(settings).map(([name, setting]) => [
      `${configurationSection}.${name}`,
      setting.default,
    ]);
    expect(defaults).toEqual(Object.fromEntries(expected));
  });

  it('describes every setting, per folder, in an order of its own', () => {
    const contributed = Object.values<Record<string, unknown>>(contributes.configuration.properties);
    for (const setting of contributed) {
      expect(setting).toMatchObject({ scope: 'resource', markdownDescription: expect.any(String) });
    }
    const orders = contributed.map(({ order }) => order);
    expect(new Set(orders).size).toBe(contributed.length);
  });

  it('restricts the configurations that the table restricts', () => {
    const restricted = Object.entries(settings).filter(([, setting]) => setting.restricted);
    expect(capabilities.untrustedWorkspaces.restrictedConfigurations.toSorted()).toEqual(
      restricted.map(([name]) => `${configurationSection}.${name}`).toSorted(),
    );
  });

  it('names only known context keys and item kinds in its clauses', () => {
    const known: string[] = [...Object.values(contextKeys), ...Object.values(views)];
    expect(contributes.submenus.map(({ id }: { id: string }) => id)).toEqual(Object.values(submenus));
    for (const clause of [...whenClauses, ...completions]) {
      for (const [name] of clause.matchAll(/\bdbbackup\.\w+/g)) expect(known).toContain(name);
      for (const [, kind] of clause.matchAll(/viewItem (?:== |=~ \/\^)(\w+)/g)) {
        expect(Object.values(itemKinds)).toContain(kind);
      }
    }
  });

  it('links only to commands that exist', () => {
    const own: string[] = [
      ...Object.values(commands),
      ...Object.values(views).map((view) => `${view}.focus`),
    ];
    for (const value of Object.values(words)) {
      for (const [, command = ''] of value.matchAll(/\(command:([\w.]+)/g)) {
        if (command.startsWith('dbbackup.')) expect(own).toContain(command);
      }
    }
  });

  it('completes each step of the walkthrough by a context key, and its pictures follow the theme', () => {
    const [{ steps }] = contributes.walkthroughs;
    expect(steps).toHaveLength(6);
    for (const { completionEvents, media } of steps) {
      expect(completionEvents).toEqual([expect.stringMatching(/^onContext:dbbackup\.\w+/)]);
      const colours = readFileSync(join(root, media.svg), 'utf8').matchAll(/(?:fill|stroke)="([^"]*)"/g);
      for (const [, colour] of colours) expect(colour).toMatch(/^none$|^var\(--vscode-/);
    }
  });

  it('finds every text that it names in package.nls.json, and has no other there', () => {
    const named = [...text.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key);
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(words).toSorted());
  });

  it('has one welcome for each empty state, each with one button', () => {
    for (const { contents } of contributes.viewsWelcome) {
      const lines = (words[contents.slice(1, -1)] ?? '').split('\n');
      expect(lines.filter((line) => /^\[[^\]]+\]\(command:[^)]+\)$/.test(line))).toHaveLength(1);
    }
  });

  it('adds one entry to the explorer’s menu, with all that can be done there behind it', () => {
    expect(contributes.menus['explorer/context']).toEqual([
      expect.objectContaining({
        submenu: submenus.explorer,
        when: expect.stringMatching(/^isWorkspaceTrusted/),
      }),
    ]);
  });

  it('shows at most three actions in the title of a view and two beside an item', () => {
    const inGroup = (menu: string, group: string) =>
      contributes.menus[menu].filter((item: { group: string }) => item.group.startsWith(group));
    const most = (items: { when: string }[], placeOf: (when: string) => string) => {
      const places = new Map<string, number>();
      for (const { when } of items) places.set(placeOf(when), (places.get(placeOf(when)) ?? 0) + 1);
      return Math.max(...places.values());
    };
    const viewOf = (when: string) => /\bview == ([\w.]+)/.exec(when)?.[1] ?? when;
    expect(most(inGroup('view/title', 'navigation'), viewOf)).toBeLessThanOrEqual(3);
    expect(most(inGroup('view/item/context', 'inline'), (when) => when)).toBeLessThanOrEqual(2);
  });
});
