import { ratioOf } from '../comparisons';
import type { Summary } from '../figures';
import { CPU } from '../metrics';
import { formatNumber, isNoisy } from '../statistics';
import type { Result } from './result';

/** One row of a table: a contender under certain circumstances. */
export interface Row {
  readonly contender: string;
  readonly cells: readonly string[];
}

export interface Section {
  readonly name: string;
  readonly title: string;
  readonly header: readonly string[];
  readonly cases: readonly { readonly name: string; readonly rows: readonly Row[] }[];
}

/** Each work's figures as tables: a row for each contender, a column for each metric. */
export function sectionsOf({ works, figures }: Pick<Result, 'works' | 'figures'>): Section[] {
  return works.flatMap(({ name, title }) => {
    const own = figures.filter(({ work }) => work === name);
    if (own.length === 0) return [];
    const metrics = [...new Set(own.map(({ metric }) => metric))];
    const cases = [...new Set(own.map((figure) => figure.case))];
    const hasRatio = own.some((figure) => ratioOf(own, figure) !== undefined);
    return {
      name,
      title,
      header: ['contender', ...metrics, ...(hasRatio ? ['ours ×', 'ours × by CPU'] : [])],
      cases: cases.map((circumstances) => ({
        name: circumstances,
        rows: rowsOf(
          own.filter((figure) => figure.case === circumstances),
          metrics,
        ),
      })),
    };
  });
}

function rowsOf(figures: readonly Summary[], metrics: readonly string[]): Row[] {
  const contenders = [...new Set(figures.map(({ contender }) => contender))];
  return contenders.map((contender) => {
    const own = metrics.map((metric) =>
      figures.find((figure) => figure.contender === contender && figure.metric === metric),
    );
    const [first] = own;
    const ratio = first && ratioOf(figures, first);
    const cost = own.find((figure) => figure?.metric === CPU);
    // How many times our CPU time the other uses: like throughput, more is better.
    const costRatio = cost && ratioOf(figures, cost);
    return {
      contender,
      cells: [
        ...own.map((figure, index) => cellOf(figure, index === 0)),
        ...(ratio === undefined ? [] : [ratio.toFixed(2)]),
        ...(ratio === undefined || costRatio === undefined ? [] : [(1 / costRatio).toFixed(2)]),
      ],
    };
  });
}

/** The median; for the main metric also the range. */
function cellOf(figure: Summary | undefined, withSpread: boolean): string {
  if (figure === undefined) return '';
  const { median, min, max, rounds } = figure;
  if (!withSpread || rounds.length === 1) return formatNumber(median);
  const noisy = isNoisy(rounds) ? ', noisy' : '';
  return `${formatNumber(median)} (${formatNumber(min)} – ${formatNumber(max)}${noisy})`;
}
