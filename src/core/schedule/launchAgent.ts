import type { TimerEntry } from './crontab.ts';
import { combine, expandFields } from './fields.ts';
import type { Launcher } from './launcher.ts';
import { xmlText } from './quote.ts';

const mostMoments = 200;

export interface LaunchAgent {
  label: string;
  /** File name below `~/Library/LaunchAgents`. */
  name: string;
  text: string;
}

/**
 * A property list for launchd (launchd.plist(5)), one for each entry. Runs missed while the machine slept are made up for by
 * one when it wakes. Times are the system's.
 */
export function launchAgents(launcher: Launcher, entries: readonly TimerEntry[]): LaunchAgent[] {
  return entries.map((entry, index) => {
    const label = `dbbackup.${launcher.id}.${index}`;
    const words = ['/bin/sh', launcher.path, entry.what];
    const lines = [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
      '<plist version="1.0">',
      '<dict>',
      `  <key>Label</key><string>${label}</string>`,
      `  <key>ProgramArguments</key><array>${words.map((word) => `<string>${xmlText(word)}</string>`).join('')}</array>`,
      '  <key>StartCalendarInterval</key>',
      '  <array>',
      ...intervals(entry).map((interval) => `    <dict>${interval}</dict>`),
      '  </array>',
      '  <key>ProcessType</key><string>Background</string>',
      '</dict>',
      '</plist>',
    ];
    return { label, name: `${label}.plist`, text: `${lines.join('\n')}\n` };
  });
}

/** launchd takes one value for each key, so a list becomes as many intervals; day and weekday together mean either. */
function intervals({ schedule }: TimerEntry): string[] {
  const fields = expandFields(schedule);
  const either = fields.days !== undefined && fields.weekdays !== undefined;
  const parts = either
    ? [
        { ...fields, weekdays: undefined },
        { ...fields, days: undefined },
      ]
    : [fields];
  return parts.flatMap(({ minutes, hours, days, months, weekdays }) => {
    const keys = { Month: months, Day: days, Weekday: weekdays, Hour: hours, Minute: minutes };
    const lists = Object.entries(keys).flatMap(([key, values]) =>
      values === undefined ? [] : [values.map((value) => `<key>${key}</key><integer>${value}</integer>`)],
    );
    return combine(lists, mostMoments, 'launchd').map((moment) => moment.join(''));
  });
}
