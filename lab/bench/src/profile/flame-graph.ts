import { escapeHtml } from '../report/chart';
import type { Frame } from './cpu-profile';
import { colourOfLayer, LAYER_NAMES } from './layers';

const WIDTH = 1_200;
const ROW = 15;
const FONT = 10;
/** The width of a character of a monospaced font, as a share of its size. */
const CHARACTER = 0.61;
/** Narrower frames are left out, with those they call. */
const MIN_WIDTH = 2;
const MARGIN = 8;
const LEGEND_COLUMNS = 5;
const LEGEND_ROW = 18;

/** An SVG image: a function is as wide as its share of the CPU time, and stands on the one that calls it. */
export function flameGraph(root: Frame, title: string): string {
  const scale = (WIDTH - 2 * MARGIN) / Math.max(1, root.totalUs);
  const legendRows = Math.ceil(LAYER_NAMES.length / LEGEND_COLUMNS);
  const top = 2 * MARGIN + ROW + legendRows * LEGEND_ROW;
  const height = top + (depthOf(root, scale) + 1) * ROW + MARGIN;
  const parts = [
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="${MARGIN + FONT}" font-weight="bold">${escapeHtml(title)}</text>`,
    ...legend(root, 2 * MARGIN + ROW),
    ...bars(root, { x: MARGIN, bottom: height - MARGIN, scale }),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
    `font-family="monospace" font-size="${FONT}">\n${parts.join('\n')}\n</svg>\n`
  );
}

function depthOf(frame: Frame, scale: number): number {
  const depths = visible(frame, scale).map((child) => 1 + depthOf(child, scale));
  return Math.max(0, ...depths);
}

function visible(frame: Frame, scale: number): Frame[] {
  return [...frame.children.values()]
    .filter(({ totalUs }) => totalUs * scale >= MIN_WIDTH)
    .sort((a, b) => b.totalUs - a.totalUs);
}

/** Each layer with its share of the time, without what it calls in other layers. */
function legend(root: Frame, top: number): string[] {
  const selfUs = new Map<string, number>();
  const visit = (frame: Frame): void => {
    selfUs.set(frame.layer, (selfUs.get(frame.layer) ?? 0) + frame.selfUs);
    for (const child of frame.children.values()) visit(child);
  };
  visit(root);
  return LAYER_NAMES.map((layer, index) => {
    const x = MARGIN + (index % LEGEND_COLUMNS) * ((WIDTH - 2 * MARGIN) / LEGEND_COLUMNS);
    const y = top + Math.floor(index / LEGEND_COLUMNS) * LEGEND_ROW;
    const share = ((selfUs.get(layer) ?? 0) / Math.max(1, root.totalUs)) * 100;
    return (
      `<rect x="${x.toFixed(1)}" y="${y}" width="12" height="12" fill="${colourOfLayer(layer)}"/>` +
      `<text x="${(x + 18).toFixed(1)}" y="${y + FONT}">${escapeHtml(layer)} ${share.toFixed(1)} %</text>`
    );
  });
}

interface Area {
  readonly x: number;
  readonly bottom: number;
  /** Pixels for a µs. */
  readonly scale: number;
}

function bars(frame: Frame, { x, bottom, scale }: Area): string[] {
  const width = frame.totalUs * scale;
  let left = x;
  const above = visible(frame, scale).flatMap((child) => {
    const parts = bars(child, { x: left, bottom: bottom - ROW, scale });
    left += child.totalUs * scale;
    return parts;
  });
  return [bar(frame, { x, y: bottom - ROW, width }), ...above];
}

function bar(frame: Frame, { x, y, width }: { x: number; y: number; width: number }): string {
  const label = frame.name.slice(0, Math.max(0, Math.floor((width - 4) / (FONT * CHARACTER))));
  const text =
    label.length < 3 ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + FONT + 1}">${escapeHtml(label)}</text>`;
  return (
    `<g><title>${escapeHtml(`${frame.name} ${frame.place}`)}</title>` +
    `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.5, width - 0.5).toFixed(1)}" height="${ROW - 1}" ` +
    `fill="${colourOfLayer(frame.layer)}"/>${text}</g>`
  );
}
