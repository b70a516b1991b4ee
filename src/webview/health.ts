import type { Chart, FromHealthPage, HealthPageData, ToHealthPage } from '../editor/health/protocol.ts';
import { element } from './dom.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromHealthPage): void };

const api = acquireVsCodeApi();
const svgNamespace = 'http://www.w3.org/2000/svg';
const [width, height] = [600, 80];

window.addEventListener('message', ({ data }: MessageEvent<ToHealthPage>) => {
  const focused = document.activeElement?.id;
  document.body.replaceChildren(page(data.data));
  if (focused) document.getElementById(focused)?.focus();
});
api.postMessage({ type: 'ready' });

function page(data: HealthPageData): HTMLElement {
  const { heading, summary, words } = data;
  const main = element('main', { class: 'health' }, element('h1', {}, heading));
  main.append(element('p', { role: 'status' }, summary));
  if (data.problems.length > 0) {
    const list = element('ul', { class: 'problems', 'aria-label': words.problems });
    list.append(...data.problems.map(problemItem));
    main.append(list);
  }
  main.append(facts(data));
  if (data.charts.length > 0) {
    main.append(element('h2', {}, words.backups), ...data.charts.map((chart) => figure(chart, data)));
  }
  return main;
}

function problemItem({ gravity, kind, text, fixes }: HealthPageData['problems'][number], problem: number) {
  const buttons = fixes.map((title, fix) => {
    const id = `fix-${problem}-${fix}`;
    const button = element('button', { type: 'button', id, class: fix === 0 ? 'primary' : '' }, title);
    button.addEventListener('click', () => api.postMessage({ type: 'fix', problem, fix }));
    return button;
  });
  const words = element('p', {}, element('strong', {}, `${kind}: `), text);
  return element('li', { class: gravity }, words, ...buttons);
}

function facts(data: HealthPageData): HTMLElement {
  const rows = data.facts.map(({ name, values }) =>
    element(
      'div',
      {},
      element('dt', {}, name),
      element('dd', {}, ...values.map((value) => element('p', {}, value))),
    ),
  );
  return element('dl', {}, ...rows);
}

function figure(chart: Chart, { axis, words }: HealthPageData): HTMLElement {
  const [from, to] = axis;
  const caption = element('figcaption', {}, element('strong', {}, chart.name), ` ${chart.largest}`);
  const ends = element('div', { class: 'axis' }, element('span', {}, from), element('span', {}, to));
  return element('figure', {}, caption, drawing(chart), ends, table(chart, words));
}

function drawing({ summary, bars, missed }: Chart): SVGElement {
  const svg = shape('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img' });
  svg.setAttribute('aria-label', [summary, ...missed.map(({ label }) => label)].join('. '));
  const bar = 6;
  const x = (at: number) => at * (width - bar);
  for (const { at, height: share, when, size } of bars) {
    const tall = Math.max(2, share * (height - 8));
    const rect = shape('rect', { class: 'bar', x: x(at), y: height - tall, width: bar, height: tall });
    svg.append(titled(rect, `${when}: ${size}`));
  }
  for (const { at, label } of missed) {
    const [left, top] = [x(at), height - 14];
    const path = `M${left} ${top}l${bar + 2} 14m0 -14l-${bar + 2} 14`;
    svg.append(titled(shape('path', { class: 'missed', d: path }), label));
  }
  return svg;
}

function table({ bars }: Chart, words: HealthPageData['words']): HTMLElement {
  const rows = bars.map(({ when, size }) =>
    element('tr', {}, element('td', {}, when), element('td', { class: 'number' }, size)),
  );
  const head = [words.when, words.size].map((name) => element('th', { scope: 'col' }, name));
  const body = element('tbody', {}, ...rows);
  return element(
    'details',
    {},
    element('summary', {}, words.asTable),
    element('table', {}, element('thead', {}, element('tr', {}, ...head)), body),
  );
}

function shape(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

function titled(of: SVGElement, words: string): SVGElement {
  const title = shape('title', {});
  title.textContent = words;
  of.append(title);
  return of;
}
