import type { Summary } from '../figures';
import { formatNumber } from '../statistics';

const WIDTH = 1_000;
const HEIGHT = 300;
const MARGIN = { top: 16, right: 8, bottom: 36, left: 64 };
const LINES = 4;

/** Colours that stay the same from chart to chart. */
export function colourOf(contender: string, contenders: readonly string[]): string {
  const hue = (contenders.indexOf(contender) * 137.5) % 360;
  return `hsl(${hue.toFixed(0)} 60% 48%)`;
}

/** Bars show the medians and lines the range of the rounds: one group per case, one bar per contender. */
export function barChart(figures: readonly Summary[], contenders: readonly string[], unit: string): string {
  const cases = [...new Set(figures.map((figure) => figure.case))];
  const present = contenders.filter((name) => figures.some(({ contender }) => contender === name));
  const top = Math.max(...figures.map(({ max }) => max)) || 1;
  const plotWidth = WIDTH - MARGIN.left - MARGIN.right;
  const plotHeight = HEIGHT - MARGIN.top - MARGIN.bottom;
  const y = (value: number) => MARGIN.top + plotHeight * (1 - value / top);
  const groupWidth = plotWidth / cases.length;
  const barWidth = Math.min(40, (groupWidth * 0.85) / Math.max(1, present.length));
  const parts: string[] = [];
  for (let line = 0; line <= LINES; line += 1) {
    const value = (top * line) / LINES;
    parts.push(
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${px(y(value))}" y2="${px(y(value))}"/>`,
      `<text class="axis" text-anchor="end" x="${MARGIN.left - 6}" y="${px(y(value) + 4)}">${formatNumber(value)}</text>`,
    );
  }
  for (const [index, circumstances] of cases.entries()) {
    const middle = MARGIN.left + groupWidth * (index + 0.5);
    parts.push(
      `<text class="axis" text-anchor="middle" x="${px(middle)}" y="${HEIGHT - 12}">${escapeHtml(circumstances)}</text>`,
    );
    for (const [place, contender] of present.entries()) {
      const figure = figures.find((each) => each.case === circumstances && each.contender === contender);
      if (figure === undefined) continue;
      const x = middle + (place - present.length / 2) * barWidth;
      const { median, min, max } = figure;
      const label = `${contender}, ${circumstances}: ${formatNumber(median)} ${unit} (${formatNumber(min)} – ${formatNumber(max)})`;
      parts.push(
        `<rect fill="${colourOf(contender, contenders)}" x="${px(x)}" width="${px(barWidth - 1)}" y="${px(y(median))}" height="${px(y(0) - y(median))}"><title>${escapeHtml(label)}</title></rect>`,
        `<line class="range" x1="${px(x + barWidth / 2)}" x2="${px(x + barWidth / 2)}" y1="${px(y(min))}" y2="${px(y(max))}"/>`,
      );
    }
  }
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">${parts.join('')}</svg>`;
}

function px(value: number): string {
  return value.toFixed(1);
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
