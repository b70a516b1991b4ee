/** What the page *Health* and the editor say to each other: words that are ready to be read. */
export interface HealthPageData {
  heading: string;
  /** Whether all is well, in one sentence. */
  summary: string;
  problems: { gravity: 'grave' | 'warning' | 'note'; kind: string; text: string; fixes: string[] }[];
  facts: { name: string; values: string[] }[];
  charts: Chart[];
  /** Both ends of the time axis. */
  axis: [string, string];
  words: { backups: string; size: string; when: string; asTable: string; problems: string };
}

/** The backups of one database, or of the media files, over time. */
export interface Chart {
  name: string;
  summary: string;
  /** What the full height stands for. */
  largest: string;
  bars: Bar[];
  missed: { at: number; label: string }[];
}

export interface Bar {
  /** 0 at the left end of the axis, 1 at its right. */
  at: number;
  /** 1 for the largest. */
  height: number;
  when: string;
  size: string;
}

export type ToHealthPage = { type: 'health'; data: HealthPageData };

export type FromHealthPage = { type: 'ready' } | { type: 'fix'; problem: number; fix: number };
