import type { TimerEntry } from './crontab.ts';
import { type CronFields, combine, expandFields } from './fields.ts';
import type { Launcher } from './launcher.ts';
import { windowsArgument, xmlText } from './quote.ts';

/** Task Scheduler takes 48 triggers. */
const mostTriggers = 48;
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export interface ScheduledTask {
  /** The name for `schtasks /TN`. */
  name: string;
  /** XML for `schtasks /Create /XML`, to be written as UTF-16 with its byte-order mark. */
  text: string;
}

/**
 * A task for Windows Task Scheduler, one for each entry. A start that was missed is made up for. Times are the system's.
 * @throws BackupError usage for what 48 triggers cannot say
 */
export function scheduledTasks(launcher: Launcher, entries: readonly TimerEntry[]): ScheduledTask[] {
  return entries.map((entry, index) => {
    const options = '-NoProfile -NonInteractive -WindowStyle Hidden -ExecutionPolicy Bypass -File';
    const words = `${options} ${windowsArgument(launcher.path)} ${entry.what}`;
    const lines = [
      '<?xml version="1.0" encoding="UTF-16"?>',
      '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
      '  <RegistrationInfo><Description>DB Backup</Description></RegistrationInfo>',
      '  <Triggers>',
      ...triggers(expandFields(entry.schedule)).map(
        (trigger) => `    <CalendarTrigger>${trigger}</CalendarTrigger>`,
      ),
      '  </Triggers>',
      '  <Principals><Principal id="user"><LogonType>InteractiveToken</LogonType></Principal></Principals>',
      '  <Settings><StartWhenAvailable>true</StartWhenAvailable><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>' +
        '<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries><StopIfGoingOnBatteries>false</StopIfGoingOnBatteries></Settings>',
      '  <Actions Context="user"><Exec><Command>powershell.exe</Command>' +
        `<Arguments>${xmlText(words)}</Arguments></Exec></Actions>`,
      '</Task>',
    ];
    return { name: `DB Backup ${launcher.id} ${index}`, text: `${lines.join('\r\n')}\r\n` };
  });
}

function triggers(fields: CronFields): string[] {
  const hours = fields.hours ?? range(0, 23);
  const minutes = fields.minutes ?? range(0, 59);
  const times = combine<number>([hours, minutes], mostTriggers, 'Task Scheduler');
  const made = times.flatMap(([hour = 0, minute = 0]) => {
    const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00`;
    return dates(fields).map((date) => `<StartBoundary>2026-01-01T${time}</StartBoundary>${date}`);
  });
  return combine([made], mostTriggers, 'Task Scheduler').flat();
}

/** Day and weekday together mean either: two triggers. A weekday in some months only has a form of its own. */
function dates({ days, months: named, weekdays: daysOfWeek }: CronFields): string[] {
  const found: string[] = [];
  const monthList = `<Months>${(named ?? range(1, 12)).map((month) => `<${months[month - 1]}/>`).join('')}</Months>`;
  if (days !== undefined || (daysOfWeek === undefined && named !== undefined)) {
    const list = (days ?? range(1, 31)).map((day) => `<Day>${day}</Day>`).join('');
    found.push(`<ScheduleByMonth><DaysOfMonth>${list}</DaysOfMonth>${monthList}</ScheduleByMonth>`);
  }
  if (daysOfWeek !== undefined) {
    const list = `<DaysOfWeek>${daysOfWeek.map((day) => `<${weekdays[day]}/>`).join('')}</DaysOfWeek>`;
    const weeks = '<Weeks><Week>1</Week><Week>2</Week><Week>3</Week><Week>4</Week><Week>Last</Week></Weeks>';
    found.push(
      named === undefined
        ? `<ScheduleByWeek>${list}<WeeksInterval>1</WeeksInterval></ScheduleByWeek>`
        : `<ScheduleByMonthDayOfWeek>${weeks}${list}${monthList}</ScheduleByMonthDayOfWeek>`,
    );
  }
  return found.length > 0 ? found : ['<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>'];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
