// All pictures of a report, each for light and for dark pages.
import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import type { Report } from '../report/model';
import type { Picture } from '../report/words';
import { growthChart } from './growth';
import { rowsChart } from './rows';
import { starvationChart } from './starvation';
import { renderSvg } from './svg';
import { dark, light, type Theme } from './theme';

export interface Drawn extends Picture {
  light: string;
  darkened: string;
}

interface Kind {
  name: string;
  title: string;
  spec(report: Report, theme: Theme): TopLevelSpec | undefined;
}

const kinds: readonly Kind[] = [
  { name: 'rows', title: 'Time per operation of every row and subject', spec: rowsChart },
  { name: 'growth', title: 'Time per operation against operations in flight', spec: growthChart },
  { name: 'starvation', title: 'Latency while the thread pool is starved', spec: starvationChart },
];

export async function pictures(report: Report): Promise<Drawn[]> {
  const drawn: Drawn[] = [];
  for (const { name, title, spec } of kinds) {
    const [bright, sombre] = [spec(report, light), spec(report, dark)];
    if (!bright || !sombre) continue;
    drawn.push({
      title,
      file: `${report.name}-${name}.svg`,
      dark: `${report.name}-${name}-dark.svg`,
      light: await renderSvg(bright),
      darkened: await renderSvg(sombre),
    });
  }
  return drawn;
}
