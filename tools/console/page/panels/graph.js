import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

const HEIGHT_PX = 190;

/**
 * Lines over time in the colours of the nodes; series beyond the number of nodes are dashed.
 *
 * @param {{ title: string; names: readonly string[]; data: (number | null)[][] }} props
 */
export function Graph({ title, names, data }) {
  const holder = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {uPlot | null} */ (null));
  const aligned = /** @type {uPlot.AlignedData} */ (/** @type {unknown} */ (data));

  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsFor(element, names, data.length - 1), aligned, element);
    };
    draw();
    const resized = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    resized.observe(element);
    dark.addEventListener('change', draw);
    return () => {
      dark.removeEventListener('change', draw);
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [names.join()]);
  useEffect(() => plot.current?.setData(aligned), [data]);

  return h(
    'figure',
    { class: 'graph' },
    h('figcaption', null, title),
    h('div', { ref: holder, role: 'img', 'aria-label': `${title}, by node, over two minutes` }),
  );
}

/**
 * @param {HTMLElement} element
 * @param {readonly string[]} names
 * @param {number} count
 * @returns {uPlot.Options}
 */
function optionsFor(element, names, count) {
  const styles = getComputedStyle(element);
  const color = (/** @type {string} */ name) => styles.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    cursor: { show: false },
    legend: { show: false },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] } },
    axes: [
      {
        ...axis,
        values: (_plot, seconds) => seconds.map((at) => new Date(at * 1_000).toLocaleTimeString('en-GB')),
        space: 90,
      },
      { ...axis, size: 48 },
    ],
    series: [
      {},
      ...Array.from({ length: count }, (_, index) => ({
        stroke: color(`--node-${(index % names.length) % 6}`),
        width: 2,
        points: { show: false },
        ...(index >= names.length && { dash: [4, 4] }),
      })),
    ],
  };
}
