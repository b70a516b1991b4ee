import type { TimerEntry } from './crontab.ts';
import { type CronFields, expandFields } from './fields.ts';
import type { Launcher } from './launcher.ts';
import { systemdWord } from './quote.ts';

export interface SystemdUnit {
  /** File name below `~/.config/systemd/user`. */
  name: string;
  text: string;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** A service and a timer for each entry. A run that was missed while the machine was off is made up for (`Persistent`). */
export function systemdUnits(launcher: Launcher, entries: readonly TimerEntry[]): SystemdUnit[] {
  return entries.flatMap((entry, index) => {
    const name = unitName(launcher.id, index);
    const service = [
      '[Unit]',
      'Description=DB Backup',
      '',
      '[Service]',
      'Type=oneshot',
      `ExecStart=/bin/sh ${systemdWord(launcher.path)} ${entry.what}`,
    ];
    const timer = [
      '[Unit]',
      'Description=DB Backup',
      '',
      '[Timer]',
      ...onCalendar(entry).map((moment) => `OnCalendar=${moment}`),
      'Persistent=true',
      '',
      '[Install]',
      'WantedBy=timers.target',
    ];
    return [
      { name: `${name}.service`, text: `${service.join('\n')}\n` },
      { name: `${name}.timer`, text: `${timer.join('\n')}\n` },
    ];
  });
}

export function unitName(id: string, index: number): string {
  return `dbbackup-${id}-${index}`;
}

/**
 * A cron expression as systemd.time(7) has it, in the schedule's own zone. Where a day of the month and a day of the week are
 * both named, cron means either, systemd both: that takes two.
 */
export function onCalendar({ schedule }: Pick<TimerEntry, 'schedule'>): string[] {
  const fields = expandFields(schedule);
  const both = fields.days !== undefined && fields.weekdays !== undefined;
  const parts: CronFields[] = both
    ? [
        { ...fields, weekdays: undefined },
        { ...fields, days: undefined },
      ]
    : [fields];
  return parts.map((part) => `${calendarOf(part)} ${schedule.timeZone}`);
}

function calendarOf({ minutes, hours, days, months, weekdays: named }: CronFields): string {
  const weekday = named === undefined ? '' : `${named.map((day) => weekdays[day]).join(',')} `;
  return `${weekday}*-${list(months)}-${list(days)} ${list(hours)}:${list(minutes)}:00`;
}

function list(values: number[] | undefined): string {
  return values === undefined ? '*' : values.map((value) => String(value).padStart(2, '0')).join(',');
}
